/*
 * The chunks of one broadcast in this node's memory, between the one thread
 * that fetches them, the one that writes them and those that feed downstreams.
 *
 * Chunks arrive in order. `checked_count` are whole and have the right digest,
 * the next one is growing; what a feeder may send of it is below `have_bytes`.
 * Of the checked ones the first `written_count` are on their way to the disk, and
 * the first `let_go_count` of those have given their memory back.
 */
#ifndef AGENT_STORE_H
#define AGENT_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blob.h"
#include "data_frame.h"
#include "manifest.h"

enum { STORE_UNWRITTEN_MIN = 2 };	/* chunks that may always be held, or nothing would ever move */

struct chunk {
	struct blob *blob;
	uint32_t have_bytes;
	uint32_t epoch;		/* goes up when a copy is dropped: who sent of it must retract */
};

struct feeder_link {
	struct feeder_link *next;
	int fd;
};

struct store_identity {
	uint8_t broadcast[BROADCAST_BYTES];
	uint8_t key[32];
	uint8_t manifest_digest[DIGEST_BYTES];
};

struct store {
	pthread_mutex_t lock;
	pthread_cond_t grown;	/* for feeders and whoever waits for the manifest */
	pthread_cond_t room;	/* for the fetcher */
	pthread_cond_t work;	/* for unpackers and the writer */
	unsigned int shares;
	struct store_identity identity;

	bool manifest_known;
	struct chunk manifest_chunk;
	struct manifest manifest;
	struct chunk *chunks;
	uint32_t checked_count, written_count, let_go_count;

	uint64_t memory_bytes, held_bytes;
	uint32_t held_unwritten;
	uint64_t unwritten_bytes;	/* received of chunks that are not written, the growing one's included */
	uint64_t received_bytes, sent_bytes, raw_written_bytes;
	bool closed;
	struct feeder_link *feeders;
	unsigned int feeder_count;
};

struct store *store_new(const struct store_identity *identity, uint64_t memory_bytes);
struct store *store_share(struct store *store);
void store_drop(struct store *store);
void store_close(struct store *store);
bool store_is_closed(struct store *store);
void store_let_all_go(struct store *store);

/* For the fetcher, which alone makes chunks grow. */
bool store_wanted(struct store *store, uint32_t *chunk, uint32_t *offset_bytes);
int store_room(struct store *store, uint32_t chunk, uint32_t chunk_bytes, uint8_t **at);
void store_grew(struct store *store, uint32_t chunk, size_t bytes);
void store_dropped(struct store *store, uint32_t chunk);
void store_checked(struct store *store, uint32_t chunk);
int store_manifest_checked(struct store *store);

/* For the writer. */
int store_wait_manifest(struct store *store);
void store_written(struct store *store, uint32_t chunk, uint64_t raw_bytes);

#endif

/*
 * The chunks of one broadcast in this node's memory, between the one thread
 * that fetches them, those that check them, the one that writes them and those that feed downstreams.
 *
 * Chunks arrive in order. Those below `growing` are whole, that one grows; what a feeder
 * may send of it is below `have_bytes`. All below `checked_count` have the right digest. Of
 * these the first `written_count` are on their way to the disk, and the first
 * `let_go_count` of those have given their memory back.
 */
#ifndef AGENT_STORE_H
#define AGENT_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "blob.h"
#include "data_frame.h"
#include "feed_watch.h"
#include "lateness.h"
#include "manifest.h"

enum { STORE_UNCHECKED_MAX = 8 };	/* chunks that are whole but not checked: the downstreams' verdicts lag by no more */

#define NO_CHUNK (-2)			/* for chunks as int64_t, where the manifest is -1 */

struct chunk {
	struct blob *blob;
	uint32_t have_bytes;
	uint32_t epoch;		/* goes up when a copy is dropped */
	bool checked;
};

struct feeder;

struct store_identity {
	uint8_t broadcast[BROADCAST_BYTES];
	uint8_t key[32];
	uint8_t manifest_digest[DIGEST_BYTES];
};

struct store {
	pthread_mutex_t lock;
	pthread_cond_t room;	/* for the fetcher, and whoever waits for the manifest */
	pthread_cond_t work;	/* for unpackers and the writer */
	pthread_cond_t grown;	/* for those who check digests */
	unsigned int shares;
	struct store_identity identity;
	int fetch_wake_fd;	/* eventfd: something for the fetcher to look at */
	int feed_wake_fd;	/* eventfd: something for the feeding thread */
	int news_fd;		/* eventfd of somebody else: something that the appliance should know soon; -1: nobody wants to know */

	bool manifest_known;
	struct chunk manifest_chunk;
	struct manifest manifest;
	struct chunk *chunks;
	struct arena arena;
	uint32_t growing, checked_count, written_count, let_go_count;
	uint32_t whole_unchecked;	/* chunks */
	uint32_t check_next;		/* the first chunk that no thread checks yet */
	int64_t bad_chunk;		/* lowest that was found bad, for the fetcher; NO_CHUNK: none */

	uint64_t memory_bytes, held_bytes;
	uint64_t unwritten_bytes;	/* received of chunks that are not written, the growing one's included */
	uint64_t received_bytes, sent_bytes, raw_written_bytes;
	bool closed, waits_for_room;
	struct feeder *feeders;
	unsigned int feeder_count;
	struct feed_lag lag;
	struct lateness lateness;	/* of the looks after feeders */
	int64_t newcomer_ms;	/* when a downstream came for which there was plenty already; 0: none */
};

enum store_want { STORE_WANT_CHUNK, STORE_WANT_VERDICTS, STORE_WANT_NOTHING };

struct store *store_new(const struct store_identity *identity, uint64_t memory_bytes);
struct store *store_share(struct store *store);
void store_drop(struct store *store);
void store_close(struct store *store);
bool store_is_closed(struct store *store);
void store_let_all_go(struct store *store);

/* For the fetcher, which alone makes chunks grow and drops copies. */
enum store_want store_wanted(struct store *store, uint32_t *chunk, uint32_t *offset_bytes);
int store_room(struct store *store, uint32_t chunk, uint32_t chunk_bytes, uint8_t **at);
void store_grew(struct store *store, uint32_t chunk, size_t bytes);
uint32_t store_go_back(struct store *store, int64_t chunk);
int64_t store_take_bad(struct store *store);
int store_manifest_checked(struct store *store);

/* The caller holds the lock. */
void store_skip_zero_runs(const struct store *store, uint32_t *chunk);

/* For the writer. */
int store_wait_manifest(struct store *store);
int store_wait_checked(struct store *store, uint32_t chunk);
void store_written(struct store *store, uint32_t chunk, uint64_t raw_bytes);

#endif

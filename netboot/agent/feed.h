/*
 * Feeding downstreams from the store: PROTOCOL.md section 3. Nothing here ever waits for
 * one of them: what a socket takes at once goes out, by the fetching thread as soon as
 * bytes have come, the rest by one thread that waits for all sockets of a store.
 */
#ifndef AGENT_FEED_H
#define AGENT_FEED_H

#include "feed_watch.h"
#include "store.h"

enum {
	IDLE_AFTER_MS = 1000,
	STALLED_MS = 60000,	/* who takes nothing for so long is gone, or may come again */
	FEED_SMALL_BYTES = 64,
	FEEDERS_INLINE_MAX = 2,	/* more downstreams are left to the feeding thread */
};

/* A downstream's place. All of it is under the store's lock, but who is `busy` sends without. */
struct feeder {
	struct feeder *next;
	int fd;
	uint32_t address;	/* the downstream's */
	int64_t at;		/* chunk; -1 is the manifest */
	uint32_t offset_bytes;
	int64_t verdict;	/* the first chunk that it has not been told the verdict of */
	int64_t retract_from;	/* copies from here on were dropped; NO_CHUNK: none */
	size_t piece_left_bytes;
	uint8_t small[FEED_SMALL_BYTES];	/* frames, and the header of a piece */
	size_t small_bytes, small_sent_bytes;
	int64_t sent_ms;	/* when something went out last, or its socket was full first */
	uint64_t sent_bytes;
	struct feed_watch watch;
	bool blocked;		/* its socket is full */
	bool busy, again;	/* a thread sends; look again when it has */
	bool ending;		/* the last frame is in `small`, or out */
	bool goodbye;		/* all is out: it may hang up */
	bool gone;
	void (*on_gone)(void *context);	/* its descriptor is closed and itself freed by then */
	void *context;
};

/* What goes out next: small frames, then bytes of a piece. */
struct feed_step {
	const uint8_t *bytes;
	size_t byte_count;
	struct blob *blob;	/* a share of what the bytes are of; NULL: they are not of the image */
};

int feed_start(struct store *store);
bool feed_add(struct store *store, struct feeder *feeder);
void feed_now(struct store *store);
void feed_look(struct store *store, int64_t now);

/* The caller holds the lock. */
void feed_retract(struct store *store, int64_t chunk);
bool feed_compose(struct store *store, struct feeder *feeder, int64_t now, struct feed_step *out);
void feed_went_out(struct store *store, struct feeder *feeder, size_t bytes, int64_t now);

#endif

/* What to send a downstream next: decided from its place in the store. */
#ifndef AGENT_STORE_FEED_H
#define AGENT_STORE_FEED_H

#include "store.h"

enum {
	FEED_PIECE_MIN_BYTES = 16 * 1024,	/* of a growing chunk, unless nothing else came for a second */
	IDLE_AFTER_MS = 1000,
};

/* A downstream's place. `epoch` is of the copy that the bytes before `offset_bytes` came from. */
struct feed_place {
	uint32_t chunk;
	uint32_t offset_bytes;
	uint32_t epoch;
	bool started;
};

enum feed_kind { FEED_PIECE, FEED_VERIFIED, FEED_RETRACT, FEED_IDLE, FEED_END, FEED_NOT_HELD, FEED_CLOSED };

struct feed_step {
	enum feed_kind kind;
	uint32_t chunk, offset_bytes;
	size_t bytes;
	struct blob *blob;	/* a share of it, for FEED_PIECE */
};

void store_feed(struct store *store, struct feed_place *place, struct feed_step *out);
void store_sent(struct store *store, size_t bytes);
bool store_add_feeder(struct store *store, struct feeder_link *link);
void store_remove_feeder(struct store *store, struct feeder_link *link);

#endif

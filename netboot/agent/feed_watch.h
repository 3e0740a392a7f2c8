/* Which downstream takes less than there is for it, as its upstream sees it. No sockets, no clock. */
#ifndef AGENT_FEED_WATCH_H
#define AGENT_FEED_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WATCH_EVERY_MS = 100,
	WATCH_SAMPLES = 12,
	WATCH_LEAST_MS = 180,		/* two looks, of which one may be late */
	WATCH_LEAST_BYTES = 512 * 1024,	/* of less nothing can be told: a port may hold as much */
};

/*
 * A downstream that has much to catch up fills the queue of our port, and what everybody acknowledges who is fed by it, and
 * what we acknowledge, waits there until TCP has got used to it.
 */
enum { NEWCOMER_UPSETS_MS = 1500 };

struct watch_sample {
	int64_t at_ms;
	uint64_t came_bytes;	/* to us */
	uint64_t took_bytes;	/* as far as its kernel has acknowledged them */
};

struct feed_watch {
	struct watch_sample samples[WATCH_SAMPLES];	/* a ring */
	size_t count;					/* of all that ever were */
};

/* In the last `ms` so much came here, and so little of it went on. */
struct feed_lag {
	uint32_t address;	/* of the downstream; 0: nobody lags */
	uint64_t ms, came_bytes, took_bytes;
};

void feed_watch_add(struct feed_watch *watch, const struct watch_sample *sample);
bool feed_watch_lags(const struct feed_watch *watch, struct feed_lag *out);
uint64_t feed_watch_took(const struct feed_watch *watch, uint64_t ms);

#endif

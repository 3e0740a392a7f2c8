#include "feed_watch.h"

void feed_watch_add(struct feed_watch *watch, const struct watch_sample *sample)
{
	watch->samples[watch->count++ % WATCH_SAMPLES] = *sample;
}

/*
 * Did the downstream take less than half of what came, in the shortest time that tells? Fills
 * out but for the address. That of an upstream which gets nothing itself never lags, and one
 * that takes nothing at all is stopped or away: whom it feeds will find out.
 */
bool feed_watch_lags(const struct feed_watch *watch, struct feed_lag *out)
{
	const struct watch_sample *last, *first;

	if (watch->count < 2)
		return false;
	last = &watch->samples[(watch->count - 1) % WATCH_SAMPLES];
	first = &watch->samples[(watch->count - 2) % WATCH_SAMPLES];
	if (last->took_bytes <= first->took_bytes)
		return false;
	for (size_t back = 2; back <= watch->count && back <= WATCH_SAMPLES; back++) {
		first = &watch->samples[(watch->count - back) % WATCH_SAMPLES];
		out->ms = (uint64_t)(last->at_ms - first->at_ms);
		out->came_bytes = last->came_bytes - first->came_bytes;
		out->took_bytes = last->took_bytes > first->took_bytes ? last->took_bytes - first->took_bytes : 0;
		if (out->ms >= WATCH_LEAST_MS && out->came_bytes >= WATCH_LEAST_BYTES)
			return out->took_bytes < out->came_bytes / 2;
	}
	return false;
}

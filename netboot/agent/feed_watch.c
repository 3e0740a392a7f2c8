#include "feed_watch.h"

void feed_watch_add(struct feed_watch *watch, const struct watch_sample *sample)
{
	watch->samples[watch->count++ % WATCH_SAMPLES] = *sample;
}

static const struct watch_sample *sample_at(const struct feed_watch *watch, size_t back)
{
	return &watch->samples[(watch->count - back) % WATCH_SAMPLES];
}

/* What came and went on between two samples. */
static void between(const struct watch_sample *first, const struct watch_sample *last, struct feed_lag *out)
{
	out->ms = (uint64_t)(last->at_ms - first->at_ms);
	out->came_bytes = last->came_bytes - first->came_bytes;
	out->took_bytes = last->took_bytes > first->took_bytes ? last->took_bytes - first->took_bytes : 0;
}

/*
 * Did the downstream take less than half of what came, at each look of the shortest time that
 * tells? Fills out but for the address. That of an upstream which gets nothing itself never
 * lags; nor does one that gets much at once, for that takes its time to go on. One that takes
 * nothing at all is stopped or away: whom it feeds will find out.
 */
bool feed_watch_lags(const struct feed_watch *watch, struct feed_lag *out)
{
	for (size_t back = 2; back <= watch->count && back <= WATCH_SAMPLES; back++) {
		between(sample_at(watch, back), sample_at(watch, back - 1), out);
		if (out->took_bytes == 0 || out->took_bytes >= out->came_bytes / 2)
			return false;
		between(sample_at(watch, back), sample_at(watch, 1), out);
		if (back > 2 && out->ms >= WATCH_LEAST_MS && out->came_bytes >= WATCH_LEAST_BYTES)
			return true;
	}
	return false;
}

/* What the downstream took in the last `ms`, as far as there were looks. */
uint64_t feed_watch_took(const struct feed_watch *watch, uint64_t ms)
{
	struct feed_lag since = { 0 };

	for (size_t back = 2; back <= watch->count && back <= WATCH_SAMPLES; back++) {
		struct feed_lag longer;

		between(sample_at(watch, back), sample_at(watch, 1), &longer);
		if (longer.ms > ms)
			break;
		since = longer;
	}
	return since.took_bytes;
}

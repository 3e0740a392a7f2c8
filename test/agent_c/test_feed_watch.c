#include "check.h"
#include "../../netboot/agent/feed_watch.h"

/* A look every WATCH_EVERY_MS in which so many KiB come and go on. */
static void pass(struct feed_watch *watch, unsigned int looks, uint64_t came_kib, uint64_t took_kib)
{
	struct watch_sample sample = { 0 };

	if (watch->count > 0)
		sample = watch->samples[(watch->count - 1) % WATCH_SAMPLES];
	else
		feed_watch_add(watch, &sample);
	while (looks-- > 0) {
		sample.at_ms += WATCH_EVERY_MS;
		sample.came_bytes += came_kib * 1024;
		sample.took_bytes += took_kib * 1024;
		feed_watch_add(watch, &sample);
	}
}

void test_feed_watch(void)
{
	struct feed_watch fresh = { 0 }, even = { 0 }, slow = { 0 }, thin = { 0 }, idle = { 0 }, behind = { 0 }, stopped = { 0 }, burst = { 0 };
	struct feed_lag lag;

	CHECK(!feed_watch_lags(&fresh, &lag));
	pass(&even, 30, 500, 500);
	CHECK(!feed_watch_lags(&even, &lag));
	pass(&even, 1, 500, 400);		/* once is nothing yet */
	CHECK(!feed_watch_lags(&even, &lag));

	pass(&slow, 30, 500, 500);
	pass(&slow, 2, 500, 100);
	CHECK(feed_watch_lags(&slow, &lag));
	CHECK(lag.ms == 200 && lag.came_bytes == 1000 * 1024 && lag.took_bytes == 200 * 1024);
	pass(&slow, 2, 500, 300);
	CHECK(!feed_watch_lags(&slow, &lag));

	pass(&thin, 30, 100, 100);
	pass(&thin, 5, 100, 20);		/* so little takes longer to be told */
	CHECK(!feed_watch_lags(&thin, &lag));
	pass(&thin, 1, 100, 20);
	CHECK(feed_watch_lags(&thin, &lag) && lag.ms == 600);

	pass(&idle, 30, 0, 0);			/* nothing comes: nothing can be missed */
	CHECK(!feed_watch_lags(&idle, &lag));

	pass(&stopped, 30, 500, 500);		/* until the buffers are full */
	pass(&stopped, 1, 500, 200);
	CHECK(!feed_watch_lags(&stopped, &lag));
	pass(&stopped, 10, 500, 0);
	CHECK(!feed_watch_lags(&stopped, &lag));

	pass(&burst, 30, 500, 500);		/* we had no processor for a while: it comes all at once */
	pass(&burst, 2, 0, 100);
	pass(&burst, 1, 1500, 400);
	CHECK(!feed_watch_lags(&burst, &lag));
	pass(&burst, 1, 500, 500);
	CHECK(!feed_watch_lags(&burst, &lag));

	CHECK(feed_watch_took(&fresh, 1000) == 0 && feed_watch_took(&even, 100) == 400 * 1024);
	CHECK(feed_watch_took(&even, 250) == 900 * 1024 && feed_watch_took(&even, 99) == 0);

	pass(&behind, 2, 500, 5000);		/* catches up */
	CHECK(!feed_watch_lags(&behind, &lag));
}

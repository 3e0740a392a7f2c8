/* Who takes less of what comes than there is for it. */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "feed.h"

/* What its kernel has acknowledged: what a socket has taken may lie here for a second. */
static uint64_t took_bytes(const struct feeder *feeder)
{
	int queued_bytes = 0;

	if (ioctl(feeder->fd, SIOCOUTQ, &queued_bytes) < 0 || (uint64_t)queued_bytes > feeder->sent_bytes)
		return feeder->sent_bytes;
	return feeder->sent_bytes - (uint64_t)queued_bytes;
}

/* Do all downstreams together take as much as comes, or nearly? Then they share our link, and nobody is to blame. */
static bool link_is_full(const struct store *store, const struct feed_lag *lag)
{
	uint64_t took = 0;

	for (const struct feeder *feeder = store->feeders; feeder != NULL; feeder = feeder->next)
		took += feed_watch_took(&feeder->watch, lag->ms);
	return took >= lag->came_bytes / 4 * 3;
}

/* Who takes too little of what comes, and most so. The caller holds the lock. */
static struct feed_lag worst_lag(const struct store *store)
{
	struct feed_lag worst = { 0 }, lag;

	for (const struct feeder *feeder = store->feeders; feeder != NULL; feeder = feeder->next) {
		if (feeder->gone || !feed_watch_lags(&feeder->watch, &lag) || link_is_full(store, &lag))
			continue;
		lag.address = feeder->address;
		if (worst.address == 0 || lag.took_bytes < worst.took_bytes)
			worst = lag;
	}
	return worst;
}

/* Note who takes how much; every WATCH_EVERY_MS. Who lags most is in store->lag then. */
void feed_look(struct store *store, int64_t now)
{
	pthread_mutex_lock(&store->lock);
	lateness_note(&store->lateness, now, WATCH_EVERY_MS);
	for (struct feeder *feeder = store->feeders; feeder != NULL; feeder = feeder->next) {
		struct watch_sample sample = {
			.at_ms = now, .came_bytes = store->received_bytes, .took_bytes = took_bytes(feeder),
		};

		feed_watch_add(&feeder->watch, &sample);
	}
	store->lag = (struct feed_lag){ 0 };
	if (store->newcomer_ms == 0 || now - store->newcomer_ms >= NEWCOMER_UPSETS_MS)
		store->lag = worst_lag(store);
	pthread_mutex_unlock(&store->lock);
}

#include "fetcher.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "fetch_frame.h"
#include "fetch_link.h"
#include "log.h"

enum {
	NOT_YET_LIMIT_MS = 2000,	/* in which a neighbour may not have been told of the broadcast */
	NOT_YET_PAUSE_MS = 5,
};

static uint32_t checked_so_far(struct store *store)
{
	uint32_t count;

	pthread_mutex_lock(&store->lock);
	count = store->checked_count;
	pthread_mutex_unlock(&store->lock);
	return count;
}

/* Fetch from one upstream until everything is there and right (0) or it fails (-errno). */
static int fetch_from(struct fetcher *fetcher, const struct endpoint *upstream, uint32_t chunk, uint32_t offset_bytes)
{
	struct store *store = fetcher->store;
	struct fetch_link_request request = {
		.upstream = *upstream, .source_address = fetcher->source_address, .wake_fd = store->fetch_wake_fd,
		.identity = &store->identity, .chunk = chunk, .offset_bytes = offset_bytes,
	};
	uint32_t checked_count = checked_so_far(store);
	int fd = fetch_link_open(&request), rc = 0;

	if (fd < 0)
		return fd;
	fetch_begin(fetcher, fd, chunk, offset_bytes);
	while (rc == 0) {
		rc = fetch_step(fetcher);
		if (checked_so_far(store) != checked_count) {
			checked_count = checked_so_far(store);
			upstreams_progress(fetcher->upstreams);
		}
	}
	close(fd);
	return rc < 0 ? rc : 0;
}

static const char *why_failed(int rc)
{
	switch (rc) {
	case -EBADMSG:
		return "it sent a bad chunk";
	case -EACCES:
		return "it does not have the key of this deployment";
	case -ETIMEDOUT:
		return "it was silent for too long";
	case -EPROTO:
		return "it sent what does not belong there";
	case -EAGAIN:
		return "it does not know this broadcast";
	case -ECONNREFUSED:
		return "it refuses";
	default:
		return strerror(-rc);
	}
}

/* Wait, unless there is something to look at; that is looked at then. */
static void pause_for(struct fetcher *fetcher, int ms)
{
	struct pollfd wake = { .fd = fetcher->store->fetch_wake_fd, .events = POLLIN };
	eventfd_t ignored;

	if (poll(&wake, 1, ms) > 0)
		(void)eventfd_read(wake.fd, &ignored);
}

/* After a failure: move on, or not. True when all upstreams have failed in turn and a pause is due. */
static bool after_failure(struct fetcher *fetcher, const struct endpoint *upstream, int rc)
{
	char text[ENDPOINT_TEXT_BYTES];
	eventfd_t ignored;

	if (rc == -ECANCELED) {		/* woken: to end, to go to the first of a new list, or for a verdict of our own */
		(void)eventfd_read(fetcher->store->fetch_wake_fd, &ignored);
		if (atomic_exchange(&fetcher->leave, false))
			upstreams_left(fetcher->upstreams, "the appliance named another");
		return false;
	}
	if (rc == -ESTALE)
		return false;
	if (rc == -EAGAIN && now_ms() < fetcher->patient_until_ms) {
		pause_for(fetcher, NOT_YET_PAUSE_MS);
		return false;
	}
	endpoint_format(upstream, text);
	say("Leaving upstream %s: %s", text, why_failed(rc));
	return upstreams_failed(fetcher->upstreams, why_failed(rc));
}

/* Everything has come; it may still turn out to be bad. */
static void wait_for_verdicts(struct fetcher *fetcher)
{
	int64_t bad = store_take_bad(fetcher->store);

	if (bad != NO_CHUNK)
		store_go_back(fetcher->store, bad);
	else
		pause_for(fetcher, -1);
}

/*
 * Fetch until everything is there, the store is closed, or something happened that no
 * upstream can mend (then fetcher->problem says what).
 */
void fetcher_run(struct fetcher *fetcher)
{
	struct store *store = fetcher->store;
	uint32_t chunk, offset_bytes, checked_count = 0;
	int pause_ms = 0;

	fetcher->patient_until_ms = now_ms() + NOT_YET_LIMIT_MS;
	while (!store_is_closed(store)) {
		enum store_want want = store_wanted(store, &chunk, &offset_bytes);
		struct endpoint upstream;
		int rc;

		if (want == STORE_WANT_NOTHING)
			break;
		if (want == STORE_WANT_VERDICTS || store_take_bad(store) != NO_CHUNK) {
			wait_for_verdicts(fetcher);
			continue;
		}
		upstream = upstreams_next(fetcher->upstreams);
		rc = fetch_from(fetcher, &upstream, chunk, offset_bytes);
		if (rc == 0 || fetcher->problem != 0)
			break;
		if (checked_so_far(store) != checked_count)
			pause_ms = 0;
		checked_count = checked_so_far(store);
		if (!after_failure(fetcher, &upstream, rc))
			continue;
		pause_ms = next_backoff_ms(pause_ms);
		pause_for(fetcher, pause_ms);
	}
	upstreams_done(fetcher->upstreams);
}

/* Leave the present upstream for the first of the new list; from any thread. */
void fetcher_leave(struct fetcher *fetcher)
{
	atomic_store(&fetcher->leave, true);
	(void)eventfd_write(fetcher->store->fetch_wake_fd, 1);
}

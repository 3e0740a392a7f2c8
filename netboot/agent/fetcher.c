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

int fetcher_init(struct fetcher *fetcher)
{
	int rc = digest_open(&fetcher->digest);

	fetcher->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (rc == 0 && fetcher->wake_fd < 0)
		rc = -errno;
	return rc;
}

void fetcher_close(struct fetcher *fetcher)
{
	digest_close(&fetcher->digest);
	close(fetcher->wake_fd);
}

/* Fetch from one upstream until everything is there (0) or it fails (-errno). */
static int fetch_from(struct fetcher *fetcher, const struct endpoint *upstream)
{
	struct fetch_link_request request = {
		.upstream = *upstream, .source_address = fetcher->source_address,
		.wake_fd = fetcher->wake_fd, .identity = &fetcher->store->identity,
	};
	uint32_t chunk, offset_bytes;
	int fd, rc = 0;

	if (!store_wanted(fetcher->store, &request.chunk, &request.offset_bytes))
		return 0;
	fetcher->sole = request.offset_bytes == 0;
	fetcher->doubted = false;
	fd = fetch_link_open(&request);
	if (fd < 0)
		return fd;
	while (rc == 0 && store_wanted(fetcher->store, &chunk, &offset_bytes))
		rc = fetch_frame(fetcher, fd);
	close(fd);
	return rc;
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
	case -ECONNREFUSED:
		return "it refuses";
	default:
		return strerror(-rc);
	}
}

/* Wait, unless woken. */
static void pause_for(struct fetcher *fetcher, int ms)
{
	struct pollfd wake = { .fd = fetcher->wake_fd, .events = POLLIN };

	(void)poll(&wake, 1, ms);
}

/* After a failure: move on, or not. True when all upstreams have failed in turn and a pause is due. */
static bool after_failure(struct fetcher *fetcher, const struct endpoint *upstream, int rc)
{
	char text[ENDPOINT_TEXT_BYTES];
	eventfd_t ignored;

	if (rc == -ECANCELED) {		/* woken: to end, or to go to the first of a new list */
		(void)eventfd_read(fetcher->wake_fd, &ignored);
		if (!store_is_closed(fetcher->store))
			upstreams_left(fetcher->upstreams, "the appliance named another");
		return false;
	}
	if (rc == -ESTALE)
		return false;
	endpoint_format(upstream, text);
	say("Leaving upstream %s: %s", text, why_failed(rc));
	return upstreams_failed(fetcher->upstreams, why_failed(rc));
}

/*
 * Fetch until everything is there, the store is closed, or something happened that no
 * upstream can mend (then fetcher->problem says what).
 */
void fetcher_run(struct fetcher *fetcher)
{
	uint32_t checked_count = 0;
	int pause_ms = 0, rc = -EAGAIN;

	while (rc < 0 && !store_is_closed(fetcher->store)) {
		struct endpoint upstream = upstreams_next(fetcher->upstreams);

		rc = fetch_from(fetcher, &upstream);
		if (rc == 0 || fetcher->problem != 0)
			break;
		if (fetcher->store->checked_count != checked_count)
			pause_ms = 0;
		checked_count = fetcher->store->checked_count;	/* this thread alone changes it */
		if (!after_failure(fetcher, &upstream, rc))
			continue;
		pause_ms = next_backoff_ms(pause_ms);
		pause_for(fetcher, pause_ms);
	}
	upstreams_done(fetcher->upstreams);
}

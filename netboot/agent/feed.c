#include "feed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "data_port.h"
#include "thread.h"

enum { GOODBYE_LIMIT_MS = 2000 };

struct poll_set {
	struct pollfd fds[DOWNSTREAMS_MAX + 1];
	struct feeder *feeders[DOWNSTREAMS_MAX + 1];
	nfds_t count;
};

/* Send a step without waiting. Returns the bytes taken, 0 when the socket is full, or -errno. */
static ssize_t send_step(struct feeder *feeder, const struct feed_step *step)
{
	struct iovec parts[2] = {
		{ feeder->small + feeder->small_sent_bytes, feeder->small_bytes - feeder->small_sent_bytes },
		{ (void *)(uintptr_t)step->bytes, step->byte_count },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t sent;

	do {
		sent = sendmsg(feeder->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EAGAIN ? 0 : -errno;
	return sent;
}

static void after_send(struct store *store, struct feeder *feeder, ssize_t sent, int64_t now)
{
	if (sent < 0) {
		feeder->gone = true;
		return;
	}
	feed_went_out(store, feeder, (size_t)sent, now);
	if (feeder->small_sent_bytes < feeder->small_bytes || feeder->piece_left_bytes > 0) {
		feeder->blocked = true;
		(void)eventfd_write(store->feed_wake_fd, 1);
	} else if (feeder->ending && !feeder->goodbye) {
		shutdown(feeder->fd, SHUT_WR);
		feeder->goodbye = true;
		(void)eventfd_write(store->feed_wake_fd, 1);
	}
}

/* Send what there is, until there is no more or the socket is full. The caller holds the lock, which is free while it sends. */
static void pump(struct store *store, struct feeder *feeder)
{
	struct feed_step step;
	int64_t now = now_ms();

	if (feeder->busy) {
		feeder->again = true;
		return;
	}
	feeder->busy = true;
	do {
		feeder->again = false;
		while (!feeder->blocked && feed_compose(store, feeder, now, &step)) {
			ssize_t sent;

			pthread_mutex_unlock(&store->lock);
			sent = send_step(feeder, &step);
			pthread_mutex_lock(&store->lock);
			if (step.blob != NULL) {
				blob_drop(step.blob);
				if (store->waits_for_room)
					pthread_cond_broadcast(&store->room);
			}
			after_send(store, feeder, sent, now);
		}
	} while (feeder->again && !feeder->blocked && !feeder->gone);
	feeder->busy = false;
	if (feeder->gone)
		(void)eventfd_write(store->feed_wake_fd, 1);
}

/* Bytes have come: pass them on at once. */
void feed_now(struct store *store)
{
	unsigned int count = 0;

	pthread_mutex_lock(&store->lock);
	for (struct feeder *feeder = store->feeders; feeder != NULL; feeder = feeder->next) {
		if (++count > FEEDERS_INLINE_MAX) {
			(void)eventfd_write(store->feed_wake_fd, 1);
			break;
		}
		if (!feeder->blocked && !feeder->gone)
			pump(store, feeder);
	}
	pthread_mutex_unlock(&store->lock);
}

/* Take those who are gone out of the list. The caller holds the lock, and frees them without. */
static struct feeder *take_gone(struct store *store)
{
	struct feeder *gone = NULL;

	for (struct feeder **at = &store->feeders; *at != NULL;) {
		struct feeder *feeder = *at;

		if ((!feeder->gone && !store->closed) || feeder->busy) {
			at = &feeder->next;
			continue;
		}
		*at = feeder->next;
		store->feeder_count--;
		feeder->next = gone;
		gone = feeder;
	}
	return gone;
}

static void bury(struct feeder *gone)
{
	while (gone != NULL) {
		struct feeder *next = gone->next;
		void (*on_gone)(void *context) = gone->on_gone;
		void *context = gone->context;

		close(gone->fd);
		free(gone);
		if (on_gone != NULL)
			on_gone(context);
		gone = next;
	}
}

static int64_t deadline_of(const struct feeder *feeder)
{
	if (feeder->goodbye)
		return feeder->sent_ms + GOODBYE_LIMIT_MS;
	return feeder->sent_ms + (feeder->blocked ? STALLED_MS : IDLE_AFTER_MS);
}

/* Feed everybody, then note whom to wait for and until when. The caller holds the lock. */
static int feed_all(struct store *store, struct poll_set *set)
{
	int64_t now = now_ms(), until = now + STALLED_MS;

	set->fds[0] = (struct pollfd){ .fd = store->feed_wake_fd, .events = POLLIN };
	set->count = 1;
	for (struct feeder *feeder = store->feeders; feeder != NULL; feeder = feeder->next) {
		if (!feeder->blocked && !feeder->gone)
			pump(store, feeder);
		if (deadline_of(feeder) <= now && (feeder->goodbye || feeder->blocked))
			feeder->gone = true;
		if (deadline_of(feeder) < until)
			until = deadline_of(feeder);
		if (set->count > DOWNSTREAMS_MAX)
			continue;
		set->feeders[set->count] = feeder;
		set->fds[set->count++] = (struct pollfd){ .fd = feeder->fd,
			.events = (short)(POLLIN | (feeder->blocked ? POLLOUT : 0)) };
	}
	now = now_ms();
	return until > now ? (int)(until - now) : 0;
}

/* A downstream says nothing once it is fed, so whatever comes from it means that it hangs up. The caller holds the lock. */
static void look_at(const struct poll_set *set)
{
	for (nfds_t i = 1; i < set->count; i++) {
		if ((set->fds[i].revents & ~POLLOUT) != 0)
			set->feeders[i]->gone = true;
		if ((set->fds[i].revents & POLLOUT) != 0)
			set->feeders[i]->blocked = false;
	}
}

static void *feed_thread(void *argument)
{
	struct store *store = argument;
	struct poll_set set;
	bool over = false;

	pthread_setname_np(pthread_self(), "feed");
	while (!over) {
		struct feeder *gone;
		eventfd_t ignored;
		int wait_ms;

		pthread_mutex_lock(&store->lock);
		wait_ms = feed_all(store, &set);
		gone = take_gone(store);
		over = store->closed && store->feeders == NULL;
		pthread_mutex_unlock(&store->lock);
		if (gone != NULL || over) {
			bury(gone);
			continue;
		}
		(void)poll(set.fds, set.count, wait_ms);
		(void)eventfd_read(store->feed_wake_fd, &ignored);
		pthread_mutex_lock(&store->lock);
		look_at(&set);
		pthread_mutex_unlock(&store->lock);
	}
	store_drop(store);
	return NULL;
}

/* Start the thread that feeds a store's downstreams until the store is closed. Returns 0 or -errno. */
int feed_start(struct store *store)
{
	int rc = thread_start_detached(feed_thread, store_share(store));

	if (rc < 0)
		store_drop(store);
	return rc;
}

/* One that comes when there is plenty already has much to catch up. The caller holds the lock. */
static void note_newcomer(struct store *store, int64_t now)
{
	if (store->received_bytes < WATCH_LEAST_BYTES)
		return;
	store->newcomer_ms = now;
	if (store->news_fd >= 0)
		(void)eventfd_write(store->news_fd, 1);
}

/* Feed a downstream that has proved itself; the feeder is ours then. False when the store is closed. */
bool feed_add(struct store *store, struct feeder *feeder)
{
	bool open;

	pthread_mutex_lock(&store->lock);
	open = !store->closed;
	if (open) {
		feeder->sent_ms = now_ms();
		feeder->next = store->feeders;
		store->feeders = feeder;
		store->feeder_count++;
		(void)eventfd_write(store->feed_wake_fd, 1);
		note_newcomer(store, feeder->sent_ms);
	}
	pthread_mutex_unlock(&store->lock);
	return open;
}

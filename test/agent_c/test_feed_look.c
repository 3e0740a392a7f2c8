#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "../../netboot/agent/feed.h"

/* Who is fed: its kernel acknowledges all that is sent, for there is no socket. */
static struct feeder feeder_at(uint32_t address)
{
	return (struct feeder){ .fd = -1, .address = address, .retract_from = NO_CHUNK };
}

static struct store *new_store(void)
{
	struct store_identity identity = { .broadcast = { 1 } };
	struct store *store = store_new(&identity, 1 << 20);

	if (store == NULL)
		abort();
	return store;
}

static void drop(struct store *store)
{
	store->feeders = NULL;
	store_drop(store);
}

/* Looks in which 500 KiB come each time and so many go to each of two. The time of the last one is returned. */
static int64_t look(struct store *store, int64_t now, const uint64_t took_kib[static 2])
{
	for (unsigned int looks = 0; looks < 4; looks++) {
		unsigned int at = 0;

		now += WATCH_EVERY_MS;
		store->received_bytes += 500 * 1024;
		for (struct feeder *feeder = store->feeders; feeder != NULL; feeder = feeder->next)
			feeder->sent_bytes += took_kib[at++] * 1024;
		feed_look(store, now);
	}
	return now;
}

static void blames_nobody_who_shares_a_full_link(void)
{
	struct store *store = new_store();
	struct feeder first = feeder_at(1), second = feeder_at(2);
	int64_t now;

	first.next = &second;
	store->feeders = &first;
	now = look(store, 0, (const uint64_t[]){ 100, 20 });
	CHECK(store->lag.address == 2 && store->lag.took_bytes == 40 * 1024);
	now = look(store, now, (const uint64_t[]){ 100, 400 });
	CHECK(store->lag.address == 0);
	(void)look(store, now, (const uint64_t[]){ 100, 100 });
	CHECK(store->lag.address == 1);
	drop(store);
}

static void blames_nobody_while_one_catches_up(void)
{
	struct store *store = new_store();
	struct feeder early = feeder_at(1), late = feeder_at(2);
	eventfd_t news;
	int64_t now;

	store->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(feed_add(store, &early));		/* there is nothing yet: it waits like everybody */
	CHECK(store->newcomer_ms == 0 && eventfd_read(store->news_fd, &news) < 0);
	now = look(store, 0, (const uint64_t[]){ 100, 0 });
	CHECK(store->lag.address == 1);

	CHECK(feed_add(store, &late));
	CHECK(store->newcomer_ms != 0 && eventfd_read(store->news_fd, &news) == 0);
	now = store->newcomer_ms;
	now = look(store, now, (const uint64_t[]){ 100, 100 });
	CHECK(store->lag.address == 0);
	(void)look(store, now + NEWCOMER_UPSETS_MS, (const uint64_t[]){ 100, 100 });
	CHECK(store->lag.address != 0);
	close(store->news_fd);
	drop(store);
}

void test_feed_look(void)
{
	blames_nobody_who_shares_a_full_link();
	blames_nobody_while_one_catches_up();
}

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "../../netboot/agent/bytes.h"
#include "../../netboot/agent/check.h"
#include "../../netboot/agent/fetch_frame.h"
#include "../../netboot/agent/frame.h"

enum { ENTRIES = 3, CHUNK = 1000, NOBODY = 99 };

static uint32_t blamed;

static void blame(void *context, uint32_t chunk, const struct endpoint *upstream)
{
	(void)context;
	(void)upstream;
	blamed = chunk;
}

static void learn_manifest(struct store *store)
{
	uint8_t manifest[MANIFEST_HEADER_BYTES + ENTRIES * MANIFEST_ENTRY_BYTES] = "BGM1", *at = NULL;

	manifest[4] = MANIFEST_DISK;
	store_u32_be(manifest + 12, ENTRIES * 4096);
	store_u32_be(manifest + 48, ENTRIES);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		uint8_t *entry = manifest + MANIFEST_HEADER_BYTES + (size_t)i * MANIFEST_ENTRY_BYTES;

		store_u32_be(entry + 4, i * 4096);
		store_u32_be(entry + 12, 4096);
		store_u32_be(entry + 16, CHUNK);
	}
	CHECK(store_room(store, MANIFEST_CHUNK, sizeof(manifest), &at) == 0);
	memcpy(at, manifest, sizeof(manifest));
	store_grew(store, MANIFEST_CHUNK, sizeof(manifest));
	CHECK(store_manifest_checked(store) == 0);
}

/* A fetcher with one upstream, which is the other end of a socket pair. */
struct rig {
	struct fetcher fetcher;
	struct upstreams upstreams;
	int far_fd;
};

static void connect_rig(struct rig *rig)
{
	uint32_t chunk = 0, offset_bytes = 0;
	int pair[2];

	CHECK(store_wanted(rig->fetcher.store, &chunk, &offset_bytes) == STORE_WANT_CHUNK);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	rig->far_fd = pair[1];
	fetch_begin(&rig->fetcher, pair[0], chunk, offset_bytes);
}

static void hang_up(struct rig *rig)
{
	close(rig->fetcher.fd);
	close(rig->far_fd);
}

static void open_rig(struct rig *rig)
{
	struct endpoint_list list = { .count = 1, .at = { { 0x7f000001, 1 } } };
	struct store_identity identity = { .broadcast = { 1 } };

	memset(rig, 0, sizeof(*rig));
	upstreams_init(&rig->upstreams, &list);
	(void)upstreams_next(&rig->upstreams);
	rig->fetcher = (struct fetcher){ .store = store_new(&identity, 1 << 20), .upstreams = &rig->upstreams, .blame = blame };
	learn_manifest(rig->fetcher.store);
	connect_rig(rig);
	blamed = NOBODY;
}

static void close_rig(struct rig *rig)
{
	hang_up(rig);
	store_drop(rig->fetcher.store);
}

static void say_piece(const struct rig *rig, uint32_t chunk, uint32_t offset_bytes, size_t bytes)
{
	uint8_t frame[FRAME_HEADER_BYTES + PIECE_HEADER_BYTES + CHUNK] = { 0 };

	frame_put_header(frame, DATA_PIECE, PIECE_HEADER_BYTES + bytes);
	store_u32_be(frame + FRAME_HEADER_BYTES, chunk);
	store_u32_be(frame + FRAME_HEADER_BYTES + 4, offset_bytes);
	CHECK(write(rig->far_fd, frame, FRAME_HEADER_BYTES + PIECE_HEADER_BYTES + bytes) > 0);
}

static void say_of(const struct rig *rig, uint8_t type, uint32_t chunk)
{
	uint8_t frame[FRAME_HEADER_BYTES + 4];

	frame_put_header(frame, type, 4);
	store_u32_be(frame + FRAME_HEADER_BYTES, chunk);
	CHECK(write(rig->far_fd, frame, sizeof(frame)) == sizeof(frame));
}

/* Everything that was said is acted on. */
static int hear(struct rig *rig)
{
	int rc = 0, before = -1, left = 0;

	for (int i = 0; rc == 0 && i < 100; i++) {
		uint8_t byte;

		left = (int)recv(rig->fetcher.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
		if (left <= 0 && before <= 0)
			break;
		before = left;
		if (left <= 0)
			(void)write(rig->far_fd, "BG1\xc8\0\0\0\0", 8);	/* of a later version: nothing waits for the silence to end */
		rc = fetch_step(&rig->fetcher);
	}
	return rc;
}

static void find(struct rig *rig, uint32_t chunk, bool right)
{
	struct store *store = rig->fetcher.store;

	pthread_mutex_lock(&store->lock);
	if (right)
		store_found_right(store, chunk);
	else
		store_found_bad(store, chunk);
	pthread_mutex_unlock(&store->lock);
}

static bool wants(struct rig *rig, uint32_t chunk, uint32_t offset_bytes)
{
	uint32_t wanted = 0, offset = 0;

	return store_wanted(rig->fetcher.store, &wanted, &offset) == STORE_WANT_CHUNK && wanted == chunk && offset == offset_bytes;
}

static void goes_on_inside_a_chunk(void)
{
	static struct rig rig;

	open_rig(&rig);
	say_piece(&rig, 0, 0, 600);
	CHECK(hear(&rig) == 0 && wants(&rig, 0, 600));
	hang_up(&rig);
	connect_rig(&rig);
	CHECK(rig.fetcher.first_sole == 1);
	say_piece(&rig, 0, 600, 400);
	CHECK(hear(&rig) == 0 && wants(&rig, 1, 0));
	close_rig(&rig);
}

static void blames_who_vouched_for_it(bool vouched_first)
{
	static struct rig rig;

	open_rig(&rig);
	say_piece(&rig, 0, 0, CHUNK);
	if (vouched_first)
		say_of(&rig, DATA_VERIFIED, 0);
	say_piece(&rig, 1, 0, 500);
	CHECK(hear(&rig) == 0 && wants(&rig, 1, 500));
	find(&rig, 0, false);
	if (!vouched_first) {
		say_of(&rig, DATA_VERIFIED, 0);
	}
	CHECK(hear(&rig) == -EBADMSG || fetch_step(&rig.fetcher) == -EBADMSG);
	CHECK(blamed == 0 && wants(&rig, 0, 0));
	close_rig(&rig);
}

static void waits_for_a_retract(void)
{
	static struct rig rig;

	open_rig(&rig);
	say_piece(&rig, 0, 0, CHUNK);
	say_piece(&rig, 1, 0, 500);
	CHECK(hear(&rig) == 0);
	find(&rig, 0, false);
	say_piece(&rig, 1, 500, 500);	/* still on its way: read past */
	say_of(&rig, DATA_RETRACT, 0);
	say_piece(&rig, 0, 0, CHUNK);
	CHECK(hear(&rig) == 0 && blamed == NOBODY && wants(&rig, 1, 0));
	find(&rig, 0, true);
	say_of(&rig, DATA_RETRACT, 0);	/* it is right here: only what comes after is forgotten */
	say_piece(&rig, 0, 0, CHUNK);
	say_piece(&rig, 1, 0, CHUNK);
	CHECK(hear(&rig) == 0 && wants(&rig, 2, 0));
	close_rig(&rig);
}

static void blames_nobody_for_what_came_from_two(void)
{
	static struct rig rig;

	open_rig(&rig);
	say_piece(&rig, 0, 0, 600);
	CHECK(hear(&rig) == 0);
	hang_up(&rig);
	connect_rig(&rig);
	say_piece(&rig, 0, 600, 400);
	say_of(&rig, DATA_VERIFIED, 0);
	CHECK(hear(&rig) == 0);
	find(&rig, 0, false);
	CHECK(fetch_step(&rig.fetcher) == -ESTALE && blamed == NOBODY && wants(&rig, 0, 0));
	close_rig(&rig);
}

void test_fetch(void)
{
	goes_on_inside_a_chunk();
	blames_who_vouched_for_it(false);
	blames_who_vouched_for_it(true);
	waits_for_a_retract();
	blames_nobody_for_what_came_from_two();
}

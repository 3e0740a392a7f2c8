#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "../../netboot/agent/bytes.h"
#include "../../netboot/agent/store_feed.h"

enum { CHUNK = 1000 };

static const uint32_t sizes[] = { CHUNK, 0, CHUNK, CHUNK };	/* the second is a run of zeros */

/* A disk of four entries; digests are not looked at here. */
static size_t build_manifest(uint8_t *out)
{
	memset(out, 0, MANIFEST_HEADER_BYTES + 4 * MANIFEST_ENTRY_BYTES);
	memcpy(out, "BGM1", 4);
	out[4] = MANIFEST_DISK;
	store_u32_be(out + 12, 4 * 4096);
	store_u32_be(out + 48, 4);
	for (uint32_t i = 0; i < 4; i++) {
		uint8_t *entry = out + MANIFEST_HEADER_BYTES + (size_t)i * MANIFEST_ENTRY_BYTES;

		store_u32_be(entry + 4, i * 4096);
		store_u32_be(entry + 12, 4096);
		store_u32_be(entry + 16, sizes[i]);
	}
	return MANIFEST_HEADER_BYTES + 4 * MANIFEST_ENTRY_BYTES;
}

static void grow(struct store *store, uint32_t chunk, uint32_t chunk_bytes, const uint8_t *data, size_t bytes)
{
	uint8_t *at;

	CHECK(store_room(store, chunk, chunk_bytes, &at) == 0);
	memcpy(at, data, bytes);
	store_grew(store, chunk, bytes);
}

static struct store *store_with_manifest(uint64_t memory_bytes)
{
	struct store_identity identity = { .broadcast = { 1 } };
	uint8_t manifest[MANIFEST_HEADER_BYTES + 4 * MANIFEST_ENTRY_BYTES];
	size_t bytes = build_manifest(manifest);
	struct store *store = store_new(&identity, memory_bytes);

	if (store == NULL)
		abort();
	grow(store, MANIFEST_CHUNK, MANIFEST_HEADER_BYTES, manifest, MANIFEST_HEADER_BYTES);
	grow(store, MANIFEST_CHUNK, (uint32_t)bytes, manifest + MANIFEST_HEADER_BYTES, bytes - MANIFEST_HEADER_BYTES);
	CHECK(store_manifest_checked(store) == 0);
	return store;
}

static struct feed_step feed(struct store *store, struct feed_place *place)
{
	struct feed_step step;

	store_feed(store, place, &step);
	blob_drop(step.blob);
	step.blob = NULL;
	return step;
}

static void fill(struct store *store, uint32_t chunk)
{
	uint8_t data[CHUNK];

	memset(data, (int)chunk + 1, sizeof(data));
	grow(store, chunk, CHUNK, data, CHUNK);
	store_checked(store, chunk);
}

static void feeds_everything_in_order(void)
{
	static const enum feed_kind kinds[] = { FEED_PIECE, FEED_VERIFIED, FEED_PIECE, FEED_VERIFIED, FEED_PIECE,
		FEED_VERIFIED, FEED_PIECE, FEED_VERIFIED, FEED_END };
	static const uint32_t chunks[] = { MANIFEST_CHUNK, MANIFEST_CHUNK, 0, 0, 2, 2, 3, 3, 0 };
	struct store *store = store_with_manifest(1 << 20);
	struct feed_place place = { .chunk = MANIFEST_CHUNK };

	fill(store, 0);
	fill(store, 2);
	fill(store, 3);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct feed_step step = feed(store, &place);

		CHECK(step.kind == kinds[i]);
		CHECK(step.kind == FEED_END || step.chunk == chunks[i]);
	}
	store_drop(store);
}

static void passes_on_what_is_not_whole_yet(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feed_place place = { .chunk = 0 };
	uint8_t data[CHUNK] = { 9 };
	struct feed_step step;

	grow(store, 0, CHUNK, data, 600);
	step = feed(store, &place);	/* few bytes wait for more, but not for ever */
	CHECK(step.kind == FEED_PIECE && step.offset_bytes == 0 && step.bytes == 600);
	CHECK(feed(store, &place).kind == FEED_IDLE);
	store_dropped(store, 0);
	step = feed(store, &place);
	CHECK(step.kind == FEED_RETRACT && step.chunk == 0);
	grow(store, 0, CHUNK, data, CHUNK);
	step = feed(store, &place);
	CHECK(step.kind == FEED_PIECE && step.offset_bytes == 0 && step.bytes == CHUNK);
	store_checked(store, 0);
	CHECK(feed(store, &place).kind == FEED_VERIFIED);
	store_drop(store);
}

static void retracts_from_who_began_elsewhere(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feed_place place = { .chunk = 0, .offset_bytes = 100 }, past = { .chunk = 0, .offset_bytes = CHUNK + 1 };
	uint8_t data[CHUNK] = { 9 };
	struct feed_step step;

	grow(store, 0, CHUNK, data, CHUNK);
	step = feed(store, &place);
	CHECK(step.kind == FEED_PIECE && step.offset_bytes == 100 && step.bytes == CHUNK - 100);
	store_dropped(store, 0);
	CHECK(feed(store, &place).kind == FEED_RETRACT);
	CHECK(place.offset_bytes == 0);
	fill(store, 0);
	CHECK(feed(store, &past).kind == FEED_NOT_HELD);
	place = (struct feed_place){ .chunk = 5 };
	CHECK(feed(store, &place).kind == FEED_NOT_HELD);
	place = (struct feed_place){ .chunk = 4 };
	CHECK(feed(store, &place).kind == FEED_END);
	store_drop(store);
}

static void lets_the_oldest_written_go(void)
{
	struct store *store = store_with_manifest(2 * CHUNK);
	struct feed_place place = { .chunk = 0 };

	fill(store, 0);
	fill(store, 2);
	CHECK(store->held_bytes == 2 * CHUNK);
	store_written(store, 0, 4096);
	store_written(store, 1, 4096);
	fill(store, 3);
	CHECK(store->held_bytes == 2 * CHUNK && store->let_go_count == 1);
	CHECK(feed(store, &place).kind == FEED_NOT_HELD);
	place = (struct feed_place){ .chunk = 2 };
	CHECK(feed(store, &place).kind == FEED_PIECE);
	CHECK(store->raw_written_bytes == 8192 && store->checked_count == 4);
	store_drop(store);
}

static void two_chunks_fit_always(void)
{
	struct store *store = store_with_manifest(1);

	fill(store, 0);
	fill(store, 2);
	CHECK(store->held_unwritten == 2);
	store_written(store, 0, 4096);
	store_written(store, 1, 4096);
	store_written(store, 2, 4096);
	fill(store, 3);
	CHECK(store->held_unwritten == 1 && store->let_go_count == 3);
	store_drop(store);
}

static void counts_what_is_not_written(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feeder_link links[2] = { { .fd = -1 }, { .fd = -1 } };
	uint8_t data[CHUNK] = { 9 };

	CHECK(store->unwritten_bytes == 0);	/* the manifest is not written anywhere */
	fill(store, 0);
	grow(store, 2, CHUNK, data, 600);
	CHECK(store->unwritten_bytes == CHUNK + 600);
	store_dropped(store, 2);
	CHECK(store->unwritten_bytes == CHUNK);
	fill(store, 2);
	store_written(store, 0, 4096);
	store_written(store, 1, 4096);
	CHECK(store->unwritten_bytes == CHUNK);
	store_written(store, 2, 4096);
	CHECK(store->unwritten_bytes == 0);
	CHECK(store_add_feeder(store, &links[0]) && store_add_feeder(store, &links[1]) && store->feeder_count == 2);
	store_remove_feeder(store, &links[0]);
	store_remove_feeder(store, &links[0]);
	CHECK(store->feeder_count == 1);
	store_remove_feeder(store, &links[1]);
	store_drop(store);
}

static void closing_ends_all(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feed_place place = { .chunk = 0 };
	struct feeder_link link = { .fd = -1 };
	uint8_t *at;

	store_close(store);
	CHECK(feed(store, &place).kind == FEED_CLOSED);
	CHECK(store_room(store, 0, CHUNK, &at) < 0);
	CHECK(store_wait_manifest(store) < 0);
	CHECK(!store_add_feeder(store, &link));
	store_drop(store);
}

void test_store(void)
{
	feeds_everything_in_order();
	passes_on_what_is_not_whole_yet();
	retracts_from_who_began_elsewhere();
	lets_the_oldest_written_go();
	two_chunks_fit_always();
	counts_what_is_not_written();
	closing_ends_all();
}

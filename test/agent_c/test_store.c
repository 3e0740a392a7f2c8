#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "../../netboot/agent/bytes.h"
#include "../../netboot/agent/check.h"
#include "../../netboot/agent/feed.h"
#include "../../netboot/agent/frame.h"

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

struct heard {
	char text[256];		/* frames: "P0+600" is a piece of chunk 0 at offset 0 with what follows, "M" the manifest */
};

static void put_chunk(char *text, char letter, uint32_t chunk)
{
	if (chunk == MANIFEST_CHUNK)
		sprintf(text + strlen(text), "%cM ", letter);
	else
		sprintf(text + strlen(text), "%c%u ", letter, chunk);
}

/* What a downstream hears until there is nothing more to say. */
static struct heard feed_at(struct store *store, struct feeder *feeder, int64_t now)
{
	struct heard heard = { "" };
	struct feed_step step;

	pthread_mutex_lock(&store->lock);
	while (feed_compose(store, feeder, now, &step)) {
		const uint8_t *at = feeder->small, *end = feeder->small + feeder->small_bytes;

		while (at < end) {
			uint8_t type = 0;
			size_t payload_bytes = 0;

			CHECK(frame_parse_header(at, (size_t)(end - at), &type, &payload_bytes) == FRAME_OK);
			at += FRAME_HEADER_BYTES;
			if (type == DATA_PIECE) {
				CHECK(payload_bytes - PIECE_HEADER_BYTES == step.byte_count && end == at + PIECE_HEADER_BYTES);
				put_chunk(heard.text, 'P', load_u32_be(at));
				sprintf(heard.text + strlen(heard.text) - 1, "@%u+%zu ", load_u32_be(at + 4), step.byte_count);
				break;
			}
			if (type == DATA_VERIFIED || type == DATA_RETRACT)
				put_chunk(heard.text, type == DATA_VERIFIED ? 'V' : 'R', load_u32_be(at));
			else
				strcat(heard.text, type == DATA_IDLE ? "idle " : type == DATA_END ? "end " : "refuse ");
			at += payload_bytes;
		}
		blob_drop(step.blob);
		feed_went_out(store, feeder, feeder->small_bytes - feeder->small_sent_bytes + step.byte_count, now);
	}
	pthread_mutex_unlock(&store->lock);
	return heard;
}

static struct heard feed(struct store *store, struct feeder *feeder)
{
	return feed_at(store, feeder, 0);
}

static struct feeder feeder_from(int64_t chunk, uint32_t offset_bytes)
{
	return (struct feeder){ .fd = -1, .at = chunk, .verdict = chunk, .offset_bytes = offset_bytes, .retract_from = NO_CHUNK };
}

#define HEARS(store, feeder, wanted) CHECK(strcmp(feed(store, feeder).text, wanted) == 0)

static void add(struct store *store, struct feeder *feeder)
{
	feeder->next = store->feeders;
	store->feeders = feeder;
}

static void found_right(struct store *store, uint32_t chunk)
{
	pthread_mutex_lock(&store->lock);
	store_found_right(store, chunk);
	pthread_mutex_unlock(&store->lock);
}

static void fill(struct store *store, uint32_t chunk)
{
	uint8_t data[CHUNK];

	memset(data, (int)chunk + 1, sizeof(data));
	grow(store, chunk, CHUNK, data, CHUNK);
	found_right(store, chunk);
}

static void feeds_everything_in_order(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feeder feeder = feeder_from(-1, 0);

	fill(store, 0);
	fill(store, 2);
	fill(store, 3);
	HEARS(store, &feeder, "PM@0+260 VM P0@0+1000 V0 P2@0+1000 V2 P3@0+1000 V3 end ");
	HEARS(store, &feeder, "");
	CHECK(store->sent_bytes == 3 * CHUNK + 260);
	store_drop(store);
}

static void passes_on_what_is_not_whole_yet(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feeder feeder = feeder_from(0, 0);
	uint8_t data[CHUNK] = { 9 };

	add(store, &feeder);
	grow(store, 0, CHUNK, data, 600);
	HEARS(store, &feeder, "P0@0+600 ");
	CHECK(strcmp(feed_at(store, &feeder, 999).text, "") == 0);
	CHECK(strcmp(feed_at(store, &feeder, 1000).text, "idle ") == 0);
	CHECK(strcmp(feed_at(store, &feeder, 1999).text, "") == 0);
	CHECK(store_go_back(store, 0) == 0);
	HEARS(store, &feeder, "R0 ");
	grow(store, 0, CHUNK, data, CHUNK);
	HEARS(store, &feeder, "P0@0+1000 ");
	grow(store, 2, CHUNK, data, 10);	/* the verdict lags */
	HEARS(store, &feeder, "P2@0+10 ");
	found_right(store, 0);
	HEARS(store, &feeder, "V0 ");
	store->feeders = NULL;
	store_drop(store);
}

static void retracts_all_from_a_bad_chunk_on(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feeder ahead = feeder_from(0, 0), inside = feeder_from(0, 100), before = feeder_from(0, 0), at_next = feeder_from(2, 0);
	uint8_t data[CHUNK] = { 9 };
	uint32_t chunk, offset_bytes;

	add(store, &ahead);
	add(store, &inside);
	add(store, &before);
	add(store, &at_next);
	grow(store, 0, CHUNK, data, CHUNK);
	HEARS(store, &inside, "P0@100+900 ");
	grow(store, 2, CHUNK, data, CHUNK);
	HEARS(store, &ahead, "P0@0+1000 P2@0+1000 ");
	CHECK(store->whole_unchecked == 2 && store->unwritten_bytes == 2 * CHUNK);
	pthread_mutex_lock(&store->lock);
	store_found_bad(store, 0);
	pthread_mutex_unlock(&store->lock);
	CHECK(store_take_bad(store) == 0);
	CHECK(store_go_back(store, 0) == 0 && store_take_bad(store) == NO_CHUNK);
	CHECK(store->whole_unchecked == 0 && store->unwritten_bytes == 0 && store->held_bytes == 0);
	CHECK(store_wanted(store, &chunk, &offset_bytes) == STORE_WANT_CHUNK && chunk == 0 && offset_bytes == 0);
	HEARS(store, &ahead, "R0 ");
	HEARS(store, &inside, "R0 ");
	HEARS(store, &before, "");
	HEARS(store, &at_next, "");
	fill(store, 0);
	HEARS(store, &ahead, "P0@0+1000 V0 ");
	HEARS(store, &before, "P0@0+1000 V0 ");
	HEARS(store, &at_next, "");	/* the verdict on what it never got is not for it */
	grow(store, 2, CHUNK, data, CHUNK);
	CHECK(store_go_back(store, 0) == 2);	/* what is right stays */
	HEARS(store, &before, "");
	store->feeders = NULL;
	store_drop(store);
}

static void ends_a_piece_before_it_retracts(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feeder feeder = feeder_from(0, 0);
	uint8_t data[CHUNK] = { 9 };
	struct feed_step step;

	add(store, &feeder);
	grow(store, 0, CHUNK, data, CHUNK);
	pthread_mutex_lock(&store->lock);
	CHECK(feed_compose(store, &feeder, 0, &step) && step.byte_count == CHUNK && step.blob != NULL);
	blob_drop(step.blob);
	feed_went_out(store, &feeder, feeder.small_bytes + 400, 0);
	pthread_mutex_unlock(&store->lock);
	store_go_back(store, 0);
	pthread_mutex_lock(&store->lock);
	CHECK(feed_compose(store, &feeder, 0, &step) && step.byte_count == 600 && step.blob == NULL && step.bytes[599] == 0);
	feed_went_out(store, &feeder, 600, 0);
	pthread_mutex_unlock(&store->lock);
	HEARS(store, &feeder, "R0 ");
	store->feeders = NULL;
	store_drop(store);
}

static void refuses_what_there_is_not(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feeder past = feeder_from(0, CHUNK + 1), beyond = feeder_from(5, 0), at_end = feeder_from(4, 0);
	struct feeder in_zeros = feeder_from(1, 1), zeros = feeder_from(1, 0);

	fill(store, 0);
	fill(store, 2);
	HEARS(store, &past, "refuse ");
	HEARS(store, &beyond, "refuse ");
	HEARS(store, &at_end, "end ");
	HEARS(store, &in_zeros, "refuse ");
	HEARS(store, &zeros, "P2@0+1000 V2 ");
	store_drop(store);
}

static void lets_the_oldest_written_go(void)
{
	struct store *store = store_with_manifest(2 * CHUNK + 128);
	struct feeder first = feeder_from(0, 0), second = feeder_from(2, 0);

	fill(store, 0);
	fill(store, 2);
	CHECK(store->held_bytes == 2 * CHUNK);
	store_written(store, 0, 4096);
	store_written(store, 1, 4096);
	fill(store, 3);
	CHECK(store->held_bytes == 2 * CHUNK && store->let_go_count == 1);
	HEARS(store, &first, "refuse ");
	HEARS(store, &second, "P2@0+1000 V2 P3@0+1000 V3 end ");
	CHECK(store->raw_written_bytes == 8192 && store->checked_count == 4);
	store_drop(store);
}

static void gives_up_a_piece_that_was_let_go(void)
{
	struct store *store = store_with_manifest(2 * CHUNK + 128);
	struct feeder feeder = feeder_from(0, 0);
	struct feed_step step;

	fill(store, 0);
	fill(store, 2);
	pthread_mutex_lock(&store->lock);
	CHECK(feed_compose(store, &feeder, 0, &step));
	blob_drop(step.blob);
	feed_went_out(store, &feeder, feeder.small_bytes + 1, 0);
	pthread_mutex_unlock(&store->lock);
	store_written(store, 0, 4096);
	fill(store, 3);
	pthread_mutex_lock(&store->lock);
	CHECK(!feed_compose(store, &feeder, 0, &step) && feeder.gone);
	pthread_mutex_unlock(&store->lock);
	store_drop(store);
}

static void two_chunks_fit_always(void)
{
	struct store *store = store_with_manifest(1);

	fill(store, 0);
	fill(store, 2);
	store_written(store, 0, 4096);
	store_written(store, 1, 4096);
	store_written(store, 2, 4096);
	fill(store, 3);
	CHECK(store->unwritten_bytes == CHUNK && store->let_go_count == 1);
	store_drop(store);
}

static void counts_what_is_not_written(void)
{
	struct store *store = store_with_manifest(1 << 20);
	uint8_t data[CHUNK] = { 9 };

	CHECK(store->unwritten_bytes == 0);	/* the manifest is not written anywhere */
	fill(store, 0);
	grow(store, 2, CHUNK, data, 600);
	CHECK(store->unwritten_bytes == CHUNK + 600);
	CHECK(store_go_back(store, 2) == 2);
	CHECK(store->unwritten_bytes == CHUNK);
	fill(store, 2);
	store_written(store, 0, 4096);
	store_written(store, 1, 4096);
	CHECK(store->unwritten_bytes == CHUNK);
	store_written(store, 2, 4096);
	CHECK(store->unwritten_bytes == 0);
	store_drop(store);
}

static void closing_ends_all(void)
{
	struct store *store = store_with_manifest(1 << 20);
	struct feeder feeder = feeder_from(0, 0);
	uint8_t *at;

	store_close(store);
	HEARS(store, &feeder, "");
	CHECK(feeder.gone);
	CHECK(store_room(store, 0, CHUNK, &at) < 0);
	CHECK(store_wait_manifest(store) < 0);
	CHECK(!feed_add(store, &feeder));
	store_drop(store);
}

static void rings_without_overlap(void)
{
	struct arena arena = { 0 };
	struct blob *held[64] = { NULL };
	size_t first = 0, next = 0;
	unsigned int random = 1;

	CHECK(arena_open(&arena, 4096) == 0);
	CHECK(arena_take(&arena, 5000) == NULL);
	for (int i = 0; i < 20000; i++) {
		struct blob *blob;

		random = random * 1103515245 + 12345;
		blob = next - first < 64 && (random >> 16) % 3 > 0 ? arena_take(&arena, 1 + (random >> 8) % 1400) : NULL;
		if (blob != NULL) {
			memset(blob->data, (int)(next & 0xff), blob->bytes);
			held[next++ % 64] = blob;
		} else if (first < next) {
			struct blob *oldest = held[first % 64];

			CHECK(oldest->data[0] == (uint8_t)first && oldest->data[oldest->bytes - 1] == (uint8_t)first);
			blob_drop(oldest);
			first++;
		}
	}
	while (first < next)
		blob_drop(held[first++ % 64]);
	CHECK(arena.oldest == NULL && arena.newest == NULL);
	arena_close(&arena);
}

void test_store(void)
{
	feeds_everything_in_order();
	passes_on_what_is_not_whole_yet();
	retracts_all_from_a_bad_chunk_on();
	ends_a_piece_before_it_retracts();
	refuses_what_there_is_not();
	lets_the_oldest_written_go();
	gives_up_a_piece_that_was_let_go();
	two_chunks_fit_always();
	counts_what_is_not_written();
	rings_without_overlap();
	closing_ends_all();
}

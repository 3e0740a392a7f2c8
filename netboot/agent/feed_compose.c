/* What to tell a downstream next, decided from its place in the store. No sockets, no waiting. */
#include <string.h>

#include "bytes.h"
#include "feed.h"
#include "frame.h"

enum { CHUNK_FRAME_BYTES = FRAME_HEADER_BYTES + 4, PIECE_FRAME_BYTES = FRAME_HEADER_BYTES + PIECE_HEADER_BYTES };

/* Stands for bytes that were dropped in the middle of a piece, which is retracted right after. */
static const uint8_t nothing[PIECE_MAX_BYTES];

static const struct chunk *slot_of(const struct store *store, int64_t chunk)
{
	return chunk < 0 ? &store->manifest_chunk : &store->chunks[chunk];
}

static bool is_checked(const struct store *store, int64_t chunk)
{
	return chunk < 0 ? store->manifest_known : chunk < (int64_t)store->checked_count;
}

/* 0: not known yet. */
static uint32_t size_of(const struct store *store, int64_t chunk)
{
	if (chunk >= 0)
		return manifest_entry(&store->manifest, (uint32_t)chunk).compressed_bytes;
	return store->manifest_known ? (uint32_t)store->manifest_chunk.blob->bytes : 0;
}

/* The first chunk with data from `chunk` on. */
static int64_t with_data(const struct store *store, int64_t chunk)
{
	uint32_t number = (uint32_t)chunk;

	store_skip_zero_runs(store, &number);
	return number;
}

static void put_frame(struct feeder *feeder, uint8_t type, const uint8_t *payload, size_t payload_bytes)
{
	uint8_t *at = feeder->small + feeder->small_bytes;

	frame_put_header(at, type, payload_bytes);
	if (payload_bytes > 0)
		memcpy(at + FRAME_HEADER_BYTES, payload, payload_bytes);
	feeder->small_bytes += FRAME_HEADER_BYTES + payload_bytes;
}

static void put_chunk_frame(struct feeder *feeder, uint8_t type, int64_t chunk)
{
	uint8_t number[4];

	store_u32_be(number, (uint32_t)chunk);	/* -1 is MANIFEST_CHUNK */
	put_frame(feeder, type, number, sizeof(number));
}

static void end_with(struct feeder *feeder, uint8_t type, uint8_t reason)
{
	put_frame(feeder, type, &reason, type == DATA_REFUSE ? 1 : 0);
	feeder->ending = true;
}

static void put_retract(struct feeder *feeder)
{
	feeder->at = feeder->retract_from;
	feeder->offset_bytes = 0;
	if (feeder->verdict > feeder->at)
		feeder->verdict = feeder->at;
	feeder->retract_from = NO_CHUNK;
	put_chunk_frame(feeder, DATA_RETRACT, feeder->at);
}

/* Verdicts on what was sent, as far as they are there and fit. */
static void put_verdicts(const struct store *store, struct feeder *feeder)
{
	if (feeder->verdict >= 0)
		feeder->verdict = with_data(store, feeder->verdict);
	while (feeder->verdict < feeder->at && is_checked(store, feeder->verdict) &&
	       feeder->small_bytes + CHUNK_FRAME_BYTES + PIECE_FRAME_BYTES <= FEED_SMALL_BYTES) {
		put_chunk_frame(feeder, DATA_VERIFIED, feeder->verdict);
		feeder->verdict = with_data(store, feeder->verdict + 1);
	}
}

/* At the end of a chunk, step to the next that has data. False: the place is beyond what there can be. */
static bool settle(const struct store *store, struct feeder *feeder)
{
	uint32_t size;

	if (feeder->at >= 0 && feeder->at > (int64_t)store->manifest.entry_count)
		return false;
	if (feeder->at >= 0 && feeder->offset_bytes == 0)
		feeder->at = with_data(store, feeder->at);
	if (feeder->at == (int64_t)store->manifest.entry_count)
		return feeder->offset_bytes == 0;
	size = size_of(store, feeder->at);
	if (size == 0 && feeder->at < 0)
		return true;
	if (feeder->offset_bytes == size) {
		feeder->at = with_data(store, feeder->at + 1);
		feeder->offset_bytes = 0;
	}
	return feeder->offset_bytes <= size || feeder->offset_bytes == 0;
}

/* The header of a piece with what there is of the chunk. */
static void put_piece(const struct store *store, struct feeder *feeder)
{
	const struct chunk *slot = slot_of(store, feeder->at);
	uint8_t *at = feeder->small + feeder->small_bytes;
	size_t ready;

	if (slot->blob == NULL && is_checked(store, feeder->at)) {
		end_with(feeder, DATA_REFUSE, REFUSE_NOT_HELD);
		return;
	}
	if (slot->have_bytes <= feeder->offset_bytes)
		return;
	ready = slot->have_bytes - feeder->offset_bytes;
	feeder->piece_left_bytes = ready < PIECE_MAX_BYTES ? ready : PIECE_MAX_BYTES;
	frame_put_header(at, DATA_PIECE, PIECE_HEADER_BYTES + feeder->piece_left_bytes);
	store_u32_be(at + FRAME_HEADER_BYTES, (uint32_t)feeder->at);
	store_u32_be(at + FRAME_HEADER_BYTES + 4, feeder->offset_bytes);
	feeder->small_bytes += PIECE_FRAME_BYTES;
}

/* New frames for a downstream that has taken all that there was before. */
static void put_frames(const struct store *store, struct feeder *feeder, int64_t now)
{
	feeder->small_bytes = feeder->small_sent_bytes = 0;
	if (feeder->retract_from != NO_CHUNK)
		put_retract(feeder);
	if (feeder->at < 0 || store->manifest_known) {
		if (!settle(store, feeder))
			end_with(feeder, DATA_REFUSE, REFUSE_NOT_HELD);
		else
			put_verdicts(store, feeder);
		if (feeder->ending)
			return;
		if (store->manifest_known && feeder->at == (int64_t)store->manifest.entry_count) {
			if (feeder->verdict >= feeder->at)
				end_with(feeder, DATA_END, 0);
		} else {
			put_piece(store, feeder);
		}
	}
	if (feeder->small_bytes == 0 && now - feeder->sent_ms >= IDLE_AFTER_MS)
		put_frame(feeder, DATA_IDLE, NULL, 0);
}

/*
 * What to send to a downstream now. False: nothing, or it is gone. The blob is a share, to be
 * dropped. The caller holds the lock and tells feed_went_out() before it asks again.
 */
bool feed_compose(struct store *store, struct feeder *feeder, int64_t now, struct feed_step *out)
{
	const struct chunk *slot;

	*out = (struct feed_step){ 0 };
	if (store->closed)
		feeder->gone = true;
	if (feeder->gone)
		return false;
	if (feeder->small_sent_bytes == feeder->small_bytes && feeder->piece_left_bytes == 0 && !feeder->ending)
		put_frames(store, feeder, now);
	out->byte_count = feeder->piece_left_bytes;
	if (out->byte_count == 0)
		return feeder->small_sent_bytes < feeder->small_bytes;
	if (feeder->retract_from != NO_CHUNK) {
		out->bytes = nothing;
		return true;
	}
	slot = slot_of(store, feeder->at);
	if (slot->blob == NULL) {	/* let go in the middle of a piece: nothing can be said any more */
		feeder->gone = true;
		return false;
	}
	out->blob = blob_share(slot->blob);
	out->bytes = slot->blob->data + feeder->offset_bytes;
	return true;
}

/* The socket took this many bytes of the step. The caller holds the lock. */
void feed_went_out(struct store *store, struct feeder *feeder, size_t bytes, int64_t now)
{
	size_t small = feeder->small_bytes - feeder->small_sent_bytes;

	if (bytes > 0)
		feeder->sent_ms = now;
	feeder->sent_bytes += bytes;
	small = bytes < small ? bytes : small;
	feeder->small_sent_bytes += small;
	bytes -= small;
	feeder->piece_left_bytes -= bytes;
	feeder->offset_bytes += (uint32_t)bytes;
	store->sent_bytes += bytes;
}

/* Copies from `chunk` on were dropped: who was sent of them has to be told. The caller holds the lock. */
void feed_retract(struct store *store, int64_t chunk)
{
	for (struct feeder *feeder = store->feeders; feeder != NULL; feeder = feeder->next) {
		int64_t from = chunk > feeder->verdict ? chunk : feeder->verdict;	/* what it had of others is theirs */
		bool begun = feeder->at > from ||
			     (feeder->at == from && (feeder->offset_bytes > 0 || feeder->piece_left_bytes > 0));

		if (begun && (feeder->retract_from == NO_CHUNK || from < feeder->retract_from))
			feeder->retract_from = from;
	}
}

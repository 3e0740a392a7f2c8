#include "store_feed.h"

#include <string.h>

#include "clock.h"

/* Its size and whether its digest is known to be right; size 0: not known yet. The caller holds the lock. */
static uint32_t size_of(const struct store *store, uint32_t chunk, bool *checked)
{
	if (chunk != MANIFEST_CHUNK) {
		*checked = chunk < store->checked_count;
		return manifest_entry(&store->manifest, chunk).compressed_bytes;
	}
	*checked = store->manifest_known;
	return store->manifest_known ? (uint32_t)store->manifest_chunk.blob->bytes : 0;
}

/* Chunk numbers after the manifest's; runs of zeros have nothing to send. The caller holds the lock. */
static void skip_zero_runs(const struct store *store, struct feed_place *place)
{
	while (place->chunk < store->manifest.entry_count &&
	       manifest_entry(&store->manifest, place->chunk).compressed_bytes == 0)
		place->chunk++;
}

static void next_chunk(struct feed_place *place)
{
	place->chunk = place->chunk == MANIFEST_CHUNK ? 0 : place->chunk + 1;
	place->offset_bytes = 0;
	place->started = false;
}

/* The step for a chunk that has a slot. False: nothing to send yet. The caller holds the lock. */
static bool step_in_chunk(struct store *store, struct feed_place *place, bool late, struct feed_step *out)
{
	struct chunk *slot = place->chunk == MANIFEST_CHUNK ? &store->manifest_chunk : &store->chunks[place->chunk];
	bool checked;
	uint32_t size = size_of(store, place->chunk, &checked), ready;

	*out = (struct feed_step){ .chunk = place->chunk, .offset_bytes = place->offset_bytes };
	if (!place->started || place->offset_bytes == 0)
		place->epoch = slot->epoch;
	place->started = true;
	if (place->epoch != slot->epoch) {
		place->epoch = slot->epoch;
		place->offset_bytes = 0;
		out->kind = FEED_RETRACT;
		return true;
	}
	if (checked && (slot->blob == NULL || place->offset_bytes > size)) {
		out->kind = FEED_NOT_HELD;
		return true;
	}
	if (checked && place->offset_bytes == size) {
		next_chunk(place);
		out->kind = FEED_VERIFIED;
		return true;
	}
	ready = slot->have_bytes > place->offset_bytes ? slot->have_bytes - place->offset_bytes : 0;
	/* Many small pieces cost every node below; a whole chunk's end, or what waited for a second, goes as it is. */
	if (ready == 0 || (ready < FEED_PIECE_MIN_BYTES && !checked && slot->have_bytes != size && !late))
		return false;
	out->kind = FEED_PIECE;
	out->bytes = ready < PIECE_MAX_BYTES ? ready : PIECE_MAX_BYTES;
	out->blob = blob_share(slot->blob);
	place->offset_bytes += (uint32_t)out->bytes;
	return true;
}

/* One look at the store. The caller holds the lock. */
static bool step(struct store *store, struct feed_place *place, bool late, struct feed_step *out)
{
	if (store->closed) {
		out->kind = FEED_CLOSED;
		return true;
	}
	if (place->chunk != MANIFEST_CHUNK) {
		if (!store->manifest_known)
			return false;
		if (place->offset_bytes == 0)
			skip_zero_runs(store, place);
		if (place->chunk >= store->manifest.entry_count) {
			out->kind = place->chunk == store->manifest.entry_count ? FEED_END : FEED_NOT_HELD;
			return true;
		}
	}
	return step_in_chunk(store, place, late, out);
}

/*
 * Wait for the next thing to send to a downstream at *place, and move *place behind it.
 * FEED_IDLE when there was nothing for IDLE_AFTER_MS. A blob in *out is to be dropped.
 */
void store_feed(struct store *store, struct feed_place *place, struct feed_step *out)
{
	struct timespec until = timespec_of_ms(now_ms() + IDLE_AFTER_MS);
	bool late = false;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&store->lock);
	while (!step(store, place, late, out)) {
		if (late) {
			out->kind = FEED_IDLE;
			break;
		}
		if (pthread_cond_timedwait(&store->grown, &store->lock, &until) != 0)
			late = true;
	}
	pthread_mutex_unlock(&store->lock);
}

void store_sent(struct store *store, size_t bytes)
{
	pthread_mutex_lock(&store->lock);
	store->sent_bytes += bytes;
	pthread_mutex_unlock(&store->lock);
}

/* Let store_close() end this downstream's connection. False when it is too late for that. */
bool store_add_feeder(struct store *store, struct feeder_link *link)
{
	bool open;

	pthread_mutex_lock(&store->lock);
	open = !store->closed;
	link->next = store->feeders;
	if (open) {
		store->feeders = link;
		store->feeder_count++;
	}
	pthread_mutex_unlock(&store->lock);
	return open;
}

void store_remove_feeder(struct store *store, struct feeder_link *link)
{
	pthread_mutex_lock(&store->lock);
	for (struct feeder_link **at = &store->feeders; *at != NULL; at = &(*at)->next) {
		if (*at == link) {
			*at = link->next;
			store->feeder_count--;
			break;
		}
	}
	pthread_mutex_unlock(&store->lock);
}

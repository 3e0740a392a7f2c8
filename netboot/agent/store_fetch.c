/* The store as the fetcher sees it: chunks that grow, and copies that are dropped. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "check.h"
#include "feed.h"
#include "store.h"

static struct chunk *chunk_at(struct store *store, uint32_t chunk)
{
	return chunk == MANIFEST_CHUNK ? &store->manifest_chunk : &store->chunks[chunk];
}

/* What to ask an upstream for, if anything. */
enum store_want store_wanted(struct store *store, uint32_t *chunk, uint32_t *offset_bytes)
{
	enum store_want want = STORE_WANT_CHUNK;

	pthread_mutex_lock(&store->lock);
	if (!store->manifest_known)
		*chunk = MANIFEST_CHUNK;
	else if (store->growing < store->manifest.entry_count)
		*chunk = store->growing;
	else
		want = store->checked_count < store->manifest.entry_count ? STORE_WANT_VERDICTS : STORE_WANT_NOTHING;
	if (want == STORE_WANT_CHUNK)
		*offset_bytes = chunk_at(store, *chunk)->have_bytes;
	pthread_mutex_unlock(&store->lock);
	return want;
}

/* The manifest's blob grows once, when its header has told how long it is. The caller holds the lock. */
static int grow_manifest(struct store *store, size_t bytes)
{
	struct chunk *chunk = &store->manifest_chunk;
	struct blob *larger;

	if (chunk->blob != NULL && chunk->blob->bytes >= bytes)
		return 0;
	larger = blob_new(bytes);
	if (larger == NULL)
		return -ENOMEM;
	if (chunk->blob != NULL)
		memcpy(larger->data, chunk->blob->data, chunk->have_bytes);
	blob_drop(chunk->blob);
	chunk->blob = larger;
	return 0;
}

/*
 * Let the oldest written chunk go, unless a feeder is just sending of it: then its memory
 * would not come free. False: none. The caller holds the lock.
 */
static bool let_oldest_go(struct store *store)
{
	while (store->let_go_count < store->written_count) {
		struct chunk *oldest = &store->chunks[store->let_go_count];

		if (oldest->blob != NULL && atomic_load(&oldest->blob->shares) > 1)
			return false;
		store->let_go_count++;
		if (oldest->blob == NULL)
			continue;
		store->held_bytes -= oldest->blob->bytes;
		blob_drop(oldest->blob);
		oldest->blob = NULL;
		return true;
	}
	return false;
}

/* Memory for a chunk that begins; waits until there is some. The caller holds the lock. */
static int begin_chunk(struct store *store, struct chunk *slot, uint32_t chunk_bytes)
{
	while (!store->closed && store->bad_chunk == NO_CHUNK) {
		if (store->whole_unchecked < STORE_UNCHECKED_MAX) {
			errno = ENOMEM;
			slot->blob = arena_take(&store->arena, chunk_bytes);
			if (slot->blob != NULL)
				break;
			if (errno == ENOMEM)
				return -ENOMEM;
			if (let_oldest_go(store))
				continue;
		}
		store->waits_for_room = true;
		pthread_cond_wait(&store->room, &store->lock);
		store->waits_for_room = false;
	}
	if (slot->blob == NULL)
		return store->closed ? -ECANCELED : -EAGAIN;
	store->held_bytes += chunk_bytes;
	return 0;
}

/*
 * Memory for the rest of a chunk; waits until there is room. *at is where its next byte goes,
 * and stays valid until the chunk is dropped or whole. Returns 0, -ECANCELED, -ENOMEM, or
 * -EAGAIN when a chunk was found bad meanwhile.
 */
int store_room(struct store *store, uint32_t chunk, uint32_t chunk_bytes, uint8_t **at)
{
	struct chunk *slot;
	int rc = 0;

	pthread_mutex_lock(&store->lock);
	slot = chunk_at(store, chunk);
	if (chunk == MANIFEST_CHUNK)
		rc = grow_manifest(store, chunk_bytes);
	else if (slot->blob == NULL)
		rc = begin_chunk(store, slot, chunk_bytes);
	if (store->closed)
		rc = -ECANCELED;
	if (rc == 0)
		*at = slot->blob->data + slot->have_bytes;
	pthread_mutex_unlock(&store->lock);
	return rc;
}

/* The fetcher has put `bytes` more at the place that store_room() gave. */
void store_grew(struct store *store, uint32_t chunk, size_t bytes)
{
	struct chunk *slot;

	pthread_mutex_lock(&store->lock);
	slot = chunk_at(store, chunk);
	slot->have_bytes += (uint32_t)bytes;
	store->received_bytes += bytes;
	if (chunk != MANIFEST_CHUNK) {
		bool whole = slot->have_bytes == slot->blob->bytes;

		store->unwritten_bytes += bytes;
		if (whole) {
			store->whole_unchecked++;
			store->growing++;
			store_skip_zero_runs(store, &store->growing);
		}
		if (whole || slot->have_bytes / CHECK_STEP_BYTES != (slot->have_bytes - bytes) / CHECK_STEP_BYTES)
			pthread_cond_broadcast(&store->grown);
	}
	pthread_mutex_unlock(&store->lock);
}

/* The caller holds the lock. */
static void drop_copy(struct store *store, uint32_t chunk)
{
	struct chunk *slot = chunk_at(store, chunk);

	if (slot->blob != NULL && chunk != MANIFEST_CHUNK) {
		store->held_bytes -= slot->blob->bytes;
		store->unwritten_bytes -= slot->have_bytes;
	}
	blob_drop(slot->blob);
	slot->blob = NULL;
	slot->have_bytes = 0;
	slot->checked = false;
	slot->epoch++;
}

/*
 * Drop every copy from `chunk` (-1: the manifest) on that is not known to be right; they
 * are wanted again, and feeders that sent of them will retract. Returns the first chunk that is wanted now.
 */
uint32_t store_go_back(struct store *store, int64_t chunk)
{
	uint32_t first;

	pthread_mutex_lock(&store->lock);
	if (!store->manifest_known) {
		drop_copy(store, first = MANIFEST_CHUNK);
		feed_retract(store, -1);
	} else {
		first = chunk < (int64_t)store->checked_count ? store->checked_count : (uint32_t)chunk;
		store_skip_zero_runs(store, &first);
		if (first <= store->growing) {
			for (uint32_t i = store->growing + 1; i-- > first;)
				if (i < store->manifest.entry_count)
					drop_copy(store, i);
			store->growing = first;
			if (store->check_next > first)
				store->check_next = first;
			store->whole_unchecked = 0;
			for (uint32_t i = store->checked_count; i < first; i++)
				store->whole_unchecked += store->chunks[i].blob != NULL && !store->chunks[i].checked;
			feed_retract(store, first);
		}
		first = store->growing;
	}
	if (store->bad_chunk >= chunk)
		store->bad_chunk = NO_CHUNK;
	pthread_cond_broadcast(&store->grown);
	(void)eventfd_write(store->feed_wake_fd, 1);
	pthread_mutex_unlock(&store->lock);
	return first;
}

/* The lowest chunk that was found bad and not gone back to yet, or NO_CHUNK. */
int64_t store_take_bad(struct store *store)
{
	int64_t bad;

	pthread_mutex_lock(&store->lock);
	bad = store->bad_chunk;
	pthread_mutex_unlock(&store->lock);
	return bad;
}

#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* With one share; NULL when memory is gone. */
struct store *store_new(const struct store_identity *identity, uint64_t memory_bytes)
{
	struct store *store = calloc(1, sizeof(*store));
	pthread_condattr_t monotonic;

	if (store == NULL)
		return NULL;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->grown, &monotonic);
	pthread_cond_init(&store->room, &monotonic);
	pthread_cond_init(&store->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	store->shares = 1;
	store->identity = *identity;
	store->memory_bytes = memory_bytes;
	return store;
}

struct store *store_share(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->shares++;
	pthread_mutex_unlock(&store->lock);
	return store;
}

static void store_free(struct store *store)
{
	for (uint32_t i = 0; store->chunks != NULL && i < store->manifest.entry_count; i++)
		blob_drop(store->chunks[i].blob);
	blob_drop(store->manifest_chunk.blob);
	free(store->chunks);
	pthread_cond_destroy(&store->grown);
	pthread_cond_destroy(&store->room);
	pthread_cond_destroy(&store->work);
	pthread_mutex_destroy(&store->lock);
	explicit_bzero(&store->identity, sizeof(store->identity));
	free(store);
}

void store_drop(struct store *store)
{
	bool last;

	pthread_mutex_lock(&store->lock);
	last = --store->shares == 0;
	pthread_mutex_unlock(&store->lock);
	if (last)
		store_free(store);
}

/* Nothing grows and nobody is fed any more; everybody who waits is told. */
void store_close(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->closed = true;
	for (struct feeder_link *link = store->feeders; link != NULL; link = link->next)
		shutdown(link->fd, SHUT_RDWR);
	pthread_cond_broadcast(&store->grown);
	pthread_cond_broadcast(&store->room);
	pthread_cond_broadcast(&store->work);
	pthread_mutex_unlock(&store->lock);
}

bool store_is_closed(struct store *store)
{
	bool closed;

	pthread_mutex_lock(&store->lock);
	closed = store->closed;
	pthread_mutex_unlock(&store->lock);
	return closed;
}

/* Give the chunks' memory back before the store itself goes. It is closed and nothing fetches into it any more. */
void store_let_all_go(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	for (uint32_t i = 0; store->chunks != NULL && i < store->manifest.entry_count; i++) {
		blob_drop(store->chunks[i].blob);
		store->chunks[i].blob = NULL;
	}
	store->held_bytes = store->unwritten_bytes = 0;
	pthread_mutex_unlock(&store->lock);
}

static struct chunk *chunk_at(struct store *store, uint32_t chunk)
{
	return chunk == MANIFEST_CHUNK ? &store->manifest_chunk : &store->chunks[chunk];
}

/* Step over runs of zeros: they need no bytes. The caller holds the lock. */
static void skip_zero_runs(struct store *store)
{
	while (store->checked_count < store->manifest.entry_count &&
	       manifest_entry(&store->manifest, store->checked_count).compressed_bytes == 0)
		store->checked_count++;
}

/* What to ask an upstream for. False when everything is there. */
bool store_wanted(struct store *store, uint32_t *chunk, uint32_t *offset_bytes)
{
	bool wanted = true;

	pthread_mutex_lock(&store->lock);
	if (!store->manifest_known)
		*chunk = MANIFEST_CHUNK;
	else if (store->checked_count < store->manifest.entry_count)
		*chunk = store->checked_count;
	else
		wanted = false;
	if (wanted)
		*offset_bytes = chunk_at(store, *chunk)->have_bytes;
	pthread_mutex_unlock(&store->lock);
	return wanted;
}

/* Let the oldest written chunks go until `bytes` more fit, or none is left. The caller holds the lock. */
static bool make_room(struct store *store, uint64_t bytes)
{
	while (store->held_bytes + bytes > store->memory_bytes && store->let_go_count < store->written_count) {
		struct chunk *oldest = &store->chunks[store->let_go_count++];

		if (oldest->blob == NULL)
			continue;
		store->held_bytes -= oldest->blob->bytes;
		blob_drop(oldest->blob);
		oldest->blob = NULL;
	}
	return store->held_bytes + bytes <= store->memory_bytes || store->held_unwritten < STORE_UNWRITTEN_MIN;
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
 * Memory for the rest of a chunk; waits until there is room. *at is where its next byte goes,
 * and stays valid until the chunk is dropped or checked. Returns 0, -ECANCELED or -ENOMEM.
 */
int store_room(struct store *store, uint32_t chunk, uint32_t chunk_bytes, uint8_t **at)
{
	struct chunk *slot;
	int rc = 0;

	pthread_mutex_lock(&store->lock);
	slot = chunk_at(store, chunk);
	if (chunk == MANIFEST_CHUNK) {
		rc = grow_manifest(store, chunk_bytes);
	} else if (slot->blob == NULL) {
		while (!store->closed && !make_room(store, chunk_bytes))
			pthread_cond_wait(&store->room, &store->lock);
		slot->blob = blob_new(chunk_bytes);
		if (slot->blob == NULL) {
			rc = -ENOMEM;
		} else {
			store->held_bytes += chunk_bytes;
			store->held_unwritten++;
		}
	}
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
	pthread_mutex_lock(&store->lock);
	chunk_at(store, chunk)->have_bytes += (uint32_t)bytes;
	if (chunk != MANIFEST_CHUNK)
		store->unwritten_bytes += bytes;
	store->received_bytes += bytes;
	pthread_cond_broadcast(&store->grown);
	pthread_mutex_unlock(&store->lock);
}

/* The copy of a growing chunk was bad. A feeder that is just sending of it keeps its share of the old memory. */
void store_dropped(struct store *store, uint32_t chunk)
{
	struct chunk *slot;

	pthread_mutex_lock(&store->lock);
	slot = chunk_at(store, chunk);
	if (slot->blob != NULL && chunk != MANIFEST_CHUNK) {
		store->held_bytes -= slot->blob->bytes;
		store->held_unwritten--;
		store->unwritten_bytes -= slot->have_bytes;
	}
	blob_drop(slot->blob);
	slot->blob = NULL;
	slot->have_bytes = 0;
	slot->epoch++;
	pthread_cond_broadcast(&store->grown);
	pthread_mutex_unlock(&store->lock);
}

/* The growing chunk is whole and its digest right. */
void store_checked(struct store *store, uint32_t chunk)
{
	pthread_mutex_lock(&store->lock);
	store->checked_count = chunk + 1;
	skip_zero_runs(store);
	pthread_cond_broadcast(&store->grown);
	pthread_cond_broadcast(&store->work);
	pthread_mutex_unlock(&store->lock);
}

/* The manifest is whole and its digest right. Returns 0, -EBADMSG when it is malformed all the same, or -ENOMEM. */
int store_manifest_checked(struct store *store)
{
	struct blob *blob = store->manifest_chunk.blob;
	struct manifest manifest;
	struct chunk *chunks;

	if (manifest_parse(blob->data, blob->bytes, &manifest) != MANIFEST_OK)
		return -EBADMSG;
	chunks = calloc((size_t)manifest.entry_count + 1, sizeof(*chunks));	/* never of length 0 */
	if (chunks == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&store->lock);
	store->manifest = manifest;
	store->chunks = chunks;
	store->manifest_known = true;
	skip_zero_runs(store);
	pthread_cond_broadcast(&store->grown);
	pthread_cond_broadcast(&store->work);
	pthread_mutex_unlock(&store->lock);
	return 0;
}

/* Returns 0 once the manifest is known, or -ECANCELED. */
int store_wait_manifest(struct store *store)
{
	int rc;

	pthread_mutex_lock(&store->lock);
	while (!store->closed && !store->manifest_known)
		pthread_cond_wait(&store->grown, &store->lock);
	rc = store->closed ? -ECANCELED : 0;
	pthread_mutex_unlock(&store->lock);
	return rc;
}

/* The writer has passed a chunk on: its memory may be let go when it is needed. */
void store_written(struct store *store, uint32_t chunk, uint64_t raw_bytes)
{
	pthread_mutex_lock(&store->lock);
	store->written_count = chunk + 1;
	if (store->chunks[chunk].blob != NULL) {
		store->held_unwritten--;
		store->unwritten_bytes -= store->chunks[chunk].have_bytes;
	}
	store->raw_written_bytes += raw_bytes;
	pthread_cond_signal(&store->room);
	pthread_mutex_unlock(&store->lock);
}

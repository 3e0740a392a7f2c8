#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* With one share; NULL when memory or descriptors are gone. */
struct store *store_new(const struct store_identity *identity, uint64_t memory_bytes)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->fetch_wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	store->feed_wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (store->fetch_wake_fd < 0 || store->feed_wake_fd < 0) {
		close(store->fetch_wake_fd);
		close(store->feed_wake_fd);
		free(store);
		return NULL;
	}
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->room, NULL);
	pthread_cond_init(&store->work, NULL);
	pthread_cond_init(&store->grown, NULL);
	store->shares = 1;
	store->identity = *identity;
	store->memory_bytes = memory_bytes;
	store->bad_chunk = NO_CHUNK;
	store->news_fd = -1;
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
	if (store->chunks != NULL)
		arena_close(&store->arena);
	blob_drop(store->manifest_chunk.blob);
	free(store->chunks);
	pthread_cond_destroy(&store->room);
	pthread_cond_destroy(&store->work);
	pthread_cond_destroy(&store->grown);
	pthread_mutex_destroy(&store->lock);
	close(store->fetch_wake_fd);
	close(store->feed_wake_fd);
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
	pthread_cond_broadcast(&store->room);
	pthread_cond_broadcast(&store->work);
	pthread_cond_broadcast(&store->grown);
	(void)eventfd_write(store->fetch_wake_fd, 1);
	(void)eventfd_write(store->feed_wake_fd, 1);
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
	if (store->chunks != NULL)
		arena_forget(&store->arena);
	pthread_mutex_unlock(&store->lock);
}

/* Step over runs of zeros: they need no bytes. The caller holds the lock. */
void store_skip_zero_runs(const struct store *store, uint32_t *chunk)
{
	while (*chunk < store->manifest.entry_count && manifest_entry(&store->manifest, *chunk).compressed_bytes == 0)
		(*chunk)++;
}

/* As much as is allowed and can be of use; two chunks fit always, or nothing would ever move. */
static size_t arena_bytes(const struct manifest *manifest, uint64_t memory_bytes)
{
	uint64_t all = 0, largest = 0;

	for (uint32_t i = 0; i < manifest->entry_count; i++) {
		uint64_t bytes = manifest_entry(manifest, i).compressed_bytes;

		all += bytes + 64;	/* rounded up */
		largest = bytes > largest ? bytes : largest;
	}
	if (memory_bytes < 2 * (largest + 64))
		memory_bytes = 2 * (largest + 64);
	return (size_t)(all < memory_bytes ? all : memory_bytes);
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
	if (arena_open(&store->arena, arena_bytes(&manifest, store->memory_bytes)) < 0) {
		free(chunks);
		return -ENOMEM;
	}
	pthread_mutex_lock(&store->lock);
	store->manifest = manifest;
	store->chunks = chunks;
	store->manifest_known = true;
	store_skip_zero_runs(store, &store->growing);
	store->checked_count = store->growing;
	pthread_cond_broadcast(&store->room);
	pthread_cond_broadcast(&store->work);
	pthread_cond_broadcast(&store->grown);
	(void)eventfd_write(store->feed_wake_fd, 1);
	pthread_mutex_unlock(&store->lock);
	return 0;
}

/* Returns 0 once the manifest is known, or -ECANCELED. */
int store_wait_manifest(struct store *store)
{
	int rc;

	pthread_mutex_lock(&store->lock);
	while (!store->closed && !store->manifest_known)
		pthread_cond_wait(&store->work, &store->lock);
	rc = store->closed ? -ECANCELED : 0;
	pthread_mutex_unlock(&store->lock);
	return rc;
}

/* Returns 0 once a chunk and all before it are right, or -ECANCELED. */
int store_wait_checked(struct store *store, uint32_t chunk)
{
	int rc;

	pthread_mutex_lock(&store->lock);
	while (!store->closed && store->checked_count <= chunk)
		pthread_cond_wait(&store->work, &store->lock);
	rc = store->closed ? -ECANCELED : 0;
	pthread_mutex_unlock(&store->lock);
	return rc;
}

/* The writer has passed a chunk on: its memory may be let go when it is needed. */
void store_written(struct store *store, uint32_t chunk, uint64_t raw_bytes)
{
	pthread_mutex_lock(&store->lock);
	store->written_count = chunk + 1;
	if (store->chunks[chunk].blob != NULL)
		store->unwritten_bytes -= store->chunks[chunk].have_bytes;
	store->raw_written_bytes += raw_bytes;
	pthread_cond_broadcast(&store->room);
	pthread_mutex_unlock(&store->lock);
}

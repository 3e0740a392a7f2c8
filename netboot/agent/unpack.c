#include "unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "disk.h"
#include "thread.h"

static struct unpack_slot *free_slot(struct unpack *unpack)
{
	for (unsigned int i = 0; i < unpack->slot_count; i++)
		if (unpack->slots[i].state == UNPACK_FREE)
			return &unpack->slots[i];
	return NULL;
}

/* The next chunk with data that is checked, and a buffer for it; NULL: not now. The store is locked. */
static struct unpack_slot *take(struct unpack *unpack)
{
	struct store *store = unpack->store;
	struct unpack_slot *slot = free_slot(unpack);

	while (unpack->next < store->checked_count && store->chunks[unpack->next].blob == NULL)
		unpack->next++;		/* a run of zeros: the writer makes it */
	if (slot == NULL || unpack->next >= store->checked_count)
		return NULL;
	slot->state = UNPACK_BUSY;
	slot->chunk = unpack->next++;
	return slot;
}

/* A frame that tells another size than the manifest is refused: the buffer is as large as the manifest says. */
static bool decompress(ZSTD_DCtx *context, const struct blob *blob, uint8_t *raw, size_t raw_bytes)
{
	size_t got = ZSTD_decompressDCtx(context, raw, raw_bytes, blob->data, blob->bytes);

	return !ZSTD_isError(got) && got == raw_bytes;
}

static void *unpack_thread(void *argument)
{
	struct unpack *unpack = argument;
	struct store *store = unpack->store;
	ZSTD_DCtx *context = ZSTD_createDCtx();

	pthread_mutex_lock(&store->lock);
	while (!unpack->stopping && !store->closed) {
		struct unpack_slot *slot = take(unpack);
		struct manifest_entry entry;
		struct blob *blob;
		bool ok;

		if (slot == NULL) {
			pthread_cond_wait(&store->work, &store->lock);
			continue;
		}
		entry = manifest_entry(&store->manifest, slot->chunk);
		blob = blob_share(store->chunks[slot->chunk].blob);
		pthread_mutex_unlock(&store->lock);
		ok = context != NULL && decompress(context, blob, slot->raw, (size_t)entry.raw_bytes);
		blob_drop(blob);
		pthread_mutex_lock(&store->lock);
		slot->state = ok ? UNPACK_READY : UNPACK_FAILED;
		pthread_cond_broadcast(&store->work);
	}
	pthread_mutex_unlock(&store->lock);
	ZSTD_freeDCtx(context);
	return NULL;
}

static unsigned int cpu_count(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	if (count < 1)
		return 1;
	return count > UNPACK_THREADS_MAX ? UNPACK_THREADS_MAX : (unsigned int)count;
}

/* Start threads, one a CPU. The store knows its manifest. Returns 0 or -errno; unpack_stop() in every case. */
int unpack_start(struct unpack *unpack, struct store *store)
{
	uint32_t raw_bytes = manifest_largest_raw_chunk(&store->manifest);
	unsigned int wanted = cpu_count();
	int rc = 0;

	memset(unpack, 0, sizeof(*unpack));
	unpack->store = store;
	for (unsigned int i = 0; i <= wanted; i++) {
		/* Aligned, so that a disk takes it without another copy. */
		if (posix_memalign((void **)&unpack->slots[i].raw, DISK_ALIGN_BYTES, raw_bytes + 1) != 0) {
			unpack->slots[i].raw = NULL;
			return -ENOMEM;
		}
		unpack->slot_count++;
	}
	while (rc == 0 && unpack->thread_count < wanted) {
		rc = thread_start(&unpack->threads[unpack->thread_count], unpack_thread, unpack);
		if (rc == 0)
			unpack->thread_count++;
	}
	return unpack->thread_count > 0 ? 0 : rc;
}

static struct unpack_slot *slot_of(struct unpack *unpack, uint32_t chunk)
{
	for (unsigned int i = 0; i < unpack->slot_count; i++) {
		struct unpack_slot *slot = &unpack->slots[i];

		if ((slot->state == UNPACK_READY || slot->state == UNPACK_FAILED) && slot->chunk == chunk)
			return slot;
	}
	return NULL;
}

/*
 * Wait until a chunk is decompressed. Returns 0 and its slot (to be given back), -ECANCELED, or
 * -EILSEQ when the chunk, though its digest is right, is not what the manifest says.
 */
int unpack_wait(struct unpack *unpack, uint32_t chunk, struct unpack_slot **out)
{
	struct store *store = unpack->store;
	struct unpack_slot *slot = NULL;
	int rc = 0;

	pthread_mutex_lock(&store->lock);
	while (!store->closed && (slot = slot_of(unpack, chunk)) == NULL)
		pthread_cond_wait(&store->work, &store->lock);
	if (store->closed)
		rc = -ECANCELED;
	else if (slot->state == UNPACK_FAILED)
		rc = -EILSEQ;
	pthread_mutex_unlock(&store->lock);
	if (rc == 0)
		*out = slot;
	return rc;
}

void unpack_give_back(struct unpack *unpack, struct unpack_slot *slot)
{
	pthread_mutex_lock(&unpack->store->lock);
	slot->state = UNPACK_FREE;
	pthread_cond_broadcast(&unpack->store->work);
	pthread_mutex_unlock(&unpack->store->lock);
}

/* End the threads and free the buffers. */
void unpack_stop(struct unpack *unpack)
{
	if (unpack->store == NULL)
		return;
	pthread_mutex_lock(&unpack->store->lock);
	unpack->stopping = true;
	pthread_cond_broadcast(&unpack->store->work);
	pthread_mutex_unlock(&unpack->store->lock);
	for (unsigned int i = 0; i < unpack->thread_count; i++)
		pthread_join(unpack->threads[i], NULL);
	for (unsigned int i = 0; i < unpack->slot_count; i++)
		free(unpack->slots[i].raw);
}

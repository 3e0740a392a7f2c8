#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "digest.h"
#include "thread.h"

/* A whole chunk's digest is right. The caller holds the lock. */
void store_found_right(struct store *store, uint32_t chunk)
{
	uint32_t before = store->checked_count;

	store->chunks[chunk].checked = true;
	store->whole_unchecked--;
	while (store->checked_count < store->growing && store->chunks[store->checked_count].checked) {
		store->checked_count++;
		store_skip_zero_runs(store, &store->checked_count);
	}
	pthread_cond_broadcast(&store->room);
	if (store->checked_count == before)
		return;
	pthread_cond_broadcast(&store->work);
	if (store->feeders != NULL)
		(void)eventfd_write(store->feed_wake_fd, 1);
	if (store->checked_count == store->manifest.entry_count) {
		(void)eventfd_write(store->fetch_wake_fd, 1);
		pthread_cond_broadcast(&store->grown);
	}
}

/* A whole chunk's digest is wrong: the fetcher goes back to it. The caller holds the lock. */
void store_found_bad(struct store *store, uint32_t chunk)
{
	if (store->bad_chunk == NO_CHUNK || chunk < store->bad_chunk)
		store->bad_chunk = chunk;
	pthread_cond_broadcast(&store->room);
	(void)eventfd_write(store->fetch_wake_fd, 1);
}

static bool over(const struct store *store)
{
	return store->closed || (store->manifest_known && store->checked_count == store->manifest.entry_count);
}

/* The next chunk that has begun and that no thread checks. False: none. The caller holds the lock. */
static bool take(struct store *store, uint32_t *chunk)
{
	if (!store->manifest_known)
		return false;
	store_skip_zero_runs(store, &store->check_next);
	if (store->check_next >= store->manifest.entry_count || store->chunks[store->check_next].have_bytes == 0)
		return false;
	*chunk = store->check_next++;
	return true;
}

/*
 * Follow a chunk until it is whole and say what it is, unless its copy is dropped
 * meanwhile. The caller holds the lock.
 */
static void check(struct store *store, uint32_t chunk, struct digest *digest)
{
	struct chunk *slot = &store->chunks[chunk];
	struct blob *blob = blob_share(slot->blob);
	uint32_t epoch = slot->epoch;
	uint8_t found[DIGEST_BYTES];
	size_t hashed = 0;

	while (!store->closed && slot->epoch == epoch && hashed < blob->bytes) {
		size_t have = slot->have_bytes;

		if (have < blob->bytes && have - hashed < CHECK_STEP_BYTES) {
			pthread_cond_wait(&store->grown, &store->lock);
			continue;
		}
		pthread_mutex_unlock(&store->lock);
		digest_add(digest, blob->data + hashed, have - hashed);
		hashed = have;
		pthread_mutex_lock(&store->lock);
	}
	digest_finish(digest, found);
	blob_drop(blob);
	if (slot->epoch != epoch)
		pthread_cond_broadcast(&store->room);	/* the dropped copy's memory may have come free just now */
	else if (!store->closed && memcmp(found, manifest_entry(&store->manifest, chunk).digest, DIGEST_BYTES) == 0)
		store_found_right(store, chunk);
	else if (!store->closed)
		store_found_bad(store, chunk);
}

static void *check_thread(void *argument)
{
	struct store *store = argument;
	struct digest digest;
	uint32_t chunk;

	pthread_setname_np(pthread_self(), "check");
	if (digest_open(&digest) < 0)
		abort();	/* a node that cannot check must not pass on */
	pthread_mutex_lock(&store->lock);
	while (!over(store)) {
		if (take(store, &chunk))
			check(store, chunk, &digest);
		else
			pthread_cond_wait(&store->grown, &store->lock);
	}
	pthread_mutex_unlock(&store->lock);
	digest_close(&digest);
	return NULL;
}

/* Start threads, one for two CPUs: they end when every chunk is right or the store is closed. Returns 0 or -errno. */
int checker_start(struct checker *checker, struct store *store)
{
	long wanted = sysconf(_SC_NPROCESSORS_ONLN) / 2;
	int rc = 0;

	checker->store = store;
	if (wanted > CHECK_THREADS_MAX)
		wanted = CHECK_THREADS_MAX;
	do {
		rc = thread_start(&checker->threads[checker->thread_count], check_thread, store);
		if (rc == 0)
			checker->thread_count++;
	} while (rc == 0 && checker->thread_count < wanted);
	return checker->thread_count > 0 ? 0 : rc;
}

void checker_join(struct checker *checker)
{
	for (unsigned int i = 0; i < checker->thread_count; i++)
		pthread_join(checker->threads[i], NULL);
	checker->thread_count = 0;
}

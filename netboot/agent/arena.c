#include "arena.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "blob.h"

enum { ALIGN_BYTES = 64 };

static size_t round_up(size_t bytes, size_t to)
{
	return (bytes + to - 1) / to * to;
}

/* What a chunk takes of an arena. */
static size_t taken_bytes(size_t bytes)
{
	return round_up(bytes, ALIGN_BYTES);
}

/* Reserve addresses; pages come as they are used. Returns 0 or -ENOMEM. */
int arena_open(struct arena *arena, size_t bytes)
{
	arena->oldest = arena->newest = NULL;
	arena->bytes = round_up(bytes + 1, ALIGN_BYTES);	/* never 0: an image may be nothing but zeros */
	arena->base = mmap(NULL, arena->bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena->base == MAP_FAILED)
		return -ENOMEM;
	pthread_mutex_init(&arena->lock, NULL);
	return 0;
}

/* Give its pages back to the kernel: what they held does not matter any more, even to those who still read. */
void arena_forget(struct arena *arena)
{
	(void)madvise(arena->base, arena->bytes, MADV_DONTNEED);
}

/* All of it has been given back. */
void arena_close(struct arena *arena)
{
	munmap(arena->base, arena->bytes);
	pthread_mutex_destroy(&arena->lock);
}

/* Where the next chunk would begin. False: not now. The caller holds the lock. */
static bool place(const struct arena *arena, size_t bytes, size_t *offset)
{
	size_t head, tail;

	*offset = 0;
	if (arena->oldest == NULL)
		return bytes <= arena->bytes;
	head = (size_t)(arena->oldest->data - arena->base);
	*offset = tail = (size_t)(arena->newest->data - arena->base) + taken_bytes(arena->newest->bytes);
	if (arena->newest->data < arena->oldest->data)
		return bytes <= head - tail;
	if (bytes <= arena->bytes - tail)
		return true;
	*offset = 0;		/* what is left at the end is too short for it */
	return bytes <= head;
}

/* With one share; NULL when there is no room before something is given back, or memory is gone (errno is ENOMEM then). */
struct blob *arena_take(struct arena *arena, size_t bytes)
{
	struct blob *blob = calloc(1, sizeof(*blob));
	size_t offset;
	bool fits;

	if (blob == NULL)
		return NULL;
	atomic_init(&blob->shares, 1);
	blob->bytes = bytes;
	blob->arena = arena;
	pthread_mutex_lock(&arena->lock);
	fits = place(arena, taken_bytes(bytes), &offset);
	if (fits) {
		blob->data = arena->base + offset;
		blob->older = arena->newest;
		if (arena->newest != NULL)
			arena->newest->newer = blob;
		else
			arena->oldest = blob;
		arena->newest = blob;
	}
	pthread_mutex_unlock(&arena->lock);
	if (fits)
		return blob;
	free(blob);
	errno = 0;
	return NULL;
}

/* The last share is gone: in the middle of the ring its room comes free with that of its neighbours. */
void arena_give_back(struct arena *arena, struct blob *blob)
{
	pthread_mutex_lock(&arena->lock);
	if (blob->older != NULL)
		blob->older->newer = blob->newer;
	else
		arena->oldest = blob->newer;
	if (blob->newer != NULL)
		blob->newer->older = blob->older;
	else
		arena->newest = blob->older;
	pthread_mutex_unlock(&arena->lock);
	free(blob);
}

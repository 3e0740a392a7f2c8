#include "blob.h"

#include <stdlib.h>

#include "arena.h"

/* With one share, outside of any arena; NULL when memory is gone. */
struct blob *blob_new(size_t bytes)
{
	struct blob *blob = calloc(1, sizeof(*blob) + bytes);

	if (blob == NULL)
		return NULL;
	atomic_init(&blob->shares, 1);
	blob->bytes = bytes;
	blob->data = (uint8_t *)(blob + 1);
	return blob;
}

struct blob *blob_share(struct blob *blob)
{
	atomic_fetch_add(&blob->shares, 1);
	return blob;
}

void blob_drop(struct blob *blob)
{
	if (blob == NULL || atomic_fetch_sub(&blob->shares, 1) != 1)
		return;
	if (blob->arena != NULL)
		arena_give_back(blob->arena, blob);
	else
		free(blob);
}

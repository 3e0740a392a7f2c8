#include "blob.h"

#include <stdlib.h>

/* With one share; NULL when memory is gone. */
struct blob *blob_new(size_t bytes)
{
	struct blob *blob = malloc(sizeof(*blob) + bytes);

	if (blob == NULL)
		return NULL;
	atomic_init(&blob->shares, 1);
	blob->bytes = bytes;
	return blob;
}

struct blob *blob_share(struct blob *blob)
{
	atomic_fetch_add(&blob->shares, 1);
	return blob;
}

void blob_drop(struct blob *blob)
{
	if (blob != NULL && atomic_fetch_sub(&blob->shares, 1) == 1)
		free(blob);
}

/* Memory of one chunk, shared by who keeps it and who is just sending, checking or unpacking it. */
#ifndef AGENT_BLOB_H
#define AGENT_BLOB_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct blob {
	atomic_uint shares;
	size_t bytes;
	uint8_t *data;
	struct arena *arena;	/* NULL: the bytes are behind this */
	struct blob *older, *newer;	/* in the arena */
};

struct blob *blob_new(size_t bytes);
struct blob *blob_share(struct blob *blob);
void blob_drop(struct blob *blob);

#endif

/*
 * A digest of a file's content that costs nothing for its holes, of which some files have
 * terabytes: SHA-256 over the 4 KiB blocks that are not all zero, each run of them behind its offset.
 * Where a file has holes and where zeros makes no difference; its size is compared apart.
 */
#ifndef AGENT_CONTENT_H
#define AGENT_CONTENT_H

#include "digest.h"

enum { CONTENT_BLOCK_BYTES = 4096 };

struct content {
	struct digest digest;
	uint64_t at, run_end;
	size_t used;		/* of a block that is not whole yet */
	uint8_t block[CONTENT_BLOCK_BYTES];
};

int content_open(struct content *content);
void content_add(struct content *content, const uint8_t *data, uint64_t bytes);	/* NULL: zeros */
void content_finish(struct content *content, uint8_t out[static DIGEST_BYTES]);	/* and begins anew */
void content_close(struct content *content);

#endif

#include "content.h"

#include <string.h>

#include "bytes.h"

int content_open(struct content *content)
{
	content->at = content->run_end = 0;
	content->used = 0;
	return digest_open(&content->digest);
}

void content_close(struct content *content)
{
	digest_close(&content->digest);
}

static void take_block(struct content *content, const uint8_t *block, size_t bytes)
{
	uint8_t offset[8];

	if (!all_zero(block, bytes)) {
		if (content->at != content->run_end) {
			store_u32_be(offset, (uint32_t)(content->at >> 32));
			store_u32_be(offset + 4, (uint32_t)content->at);
			digest_add(&content->digest, offset, sizeof(offset));
		}
		digest_add(&content->digest, block, bytes);
		content->run_end = content->at + bytes;
	}
	content->at += bytes;
}

void content_add(struct content *content, const uint8_t *data, uint64_t bytes)
{
	while (bytes > 0) {
		uint64_t part = CONTENT_BLOCK_BYTES - content->used;

		if (content->used == 0 && bytes >= CONTENT_BLOCK_BYTES) {
			part = data == NULL ? bytes & ~(uint64_t)(CONTENT_BLOCK_BYTES - 1) : CONTENT_BLOCK_BYTES;
			if (data == NULL)
				content->at += part;
			else
				take_block(content, data, CONTENT_BLOCK_BYTES);
		} else {
			if (part > bytes)
				part = bytes;
			if (data == NULL)
				memset(content->block + content->used, 0, (size_t)part);
			else
				memcpy(content->block + content->used, data, (size_t)part);
			content->used += (size_t)part;
		}
		if (content->used == CONTENT_BLOCK_BYTES) {
			take_block(content, content->block, CONTENT_BLOCK_BYTES);
			content->used = 0;
		}
		bytes -= part;
		if (data != NULL)
			data += part;
	}
}

void content_finish(struct content *content, uint8_t out[static DIGEST_BYTES])
{
	take_block(content, content->block, content->used);
	digest_finish(&content->digest, out);
	content->at = content->run_end = 0;
	content->used = 0;
}

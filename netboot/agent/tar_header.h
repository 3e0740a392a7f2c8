/*
 * One 512-byte block of a tar: POSIX.1-1988 (ustar), GNU's own header and GNU's
 * map of sparse files. The TypeScript side is src/images/tar_header.ts.
 *
 * Nothing here allocates. A parsed header points into the caller's block.
 */
#ifndef AGENT_TAR_HEADER_H
#define AGENT_TAR_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAR_BLOCK_BYTES = 512, TAR_NAME_BYTES = 257, TAR_MAP_IN_HEADER = 4, TAR_MAP_IN_BLOCK = 21 };

struct tar_segment {
	uint64_t offset, bytes;
};

struct tar_header {
	char type;		/* '0' also for the older spellings of a plain file */
	char path[TAR_NAME_BYTES];
	char link[101];
	uint64_t data_bytes;	/* in the archive */
	uint64_t mode, uid, gid, major, minor;
};

bool tar_header_parse(const uint8_t *block, struct tar_header *out);
bool tar_decimal(const uint8_t *at, size_t bytes, uint64_t *out);
bool tar_number(const uint8_t *field, size_t field_bytes, uint64_t *out);

/* The map of a GNU sparse file; entry count segments at most. Each says whether another block of it follows. */
bool tar_map_of_header(const uint8_t *block, struct tar_segment out[static TAR_MAP_IN_HEADER], size_t *count,
		       uint64_t *real_bytes, bool *more);
bool tar_map_of_block(const uint8_t *block, struct tar_segment out[static TAR_MAP_IN_BLOCK], size_t *count, bool *more);

#endif

/*
 * The manifest of an image: PROTOCOL.md section 4. The TypeScript side is
 * src/images/manifest.ts; both run test/vectors/manifest.tsv.
 *
 * A parsed manifest points into the caller's bytes; nothing is allocated.
 */
#ifndef AGENT_MANIFEST_H
#define AGENT_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

enum {
	MANIFEST_HEADER_BYTES = 52,
	MANIFEST_ENTRY_BYTES = 52,
	MANIFEST_ENTRIES_MAX = 1 << 20,
	MANIFEST_MAX_BYTES = MANIFEST_HEADER_BYTES + MANIFEST_ENTRIES_MAX * MANIFEST_ENTRY_BYTES,
	CHUNK_RAW_MAX_BYTES = 16 << 20,
	CHUNK_COMPRESSED_MAX_BYTES = (16 << 20) + (64 << 10),
	DIGEST_BYTES = 32,
};

enum manifest_kind { MANIFEST_ARCHIVE = 1, MANIFEST_DISK = 2 };

enum manifest_status {
	MANIFEST_OK = 0,
	MANIFEST_BAD_LENGTH = -1,
	MANIFEST_BAD_MAGIC = -2,
	MANIFEST_BAD_KIND = -3,
	MANIFEST_BAD_RESERVED = -4,
	MANIFEST_TOO_MANY = -5,
	MANIFEST_BAD_ORDER = -6,
	MANIFEST_BAD_ZERO_RUN = -7,
	MANIFEST_BAD_SIZE = -8,
};

struct manifest {
	enum manifest_kind kind;
	uint64_t raw_bytes;
	const uint8_t *raw_digest;
	uint32_t entry_count;
	const uint8_t *entries;
};

struct manifest_entry {
	uint64_t raw_offset;
	uint64_t raw_bytes;
	uint32_t compressed_bytes;	/* 0: a run of zeros without data */
	const uint8_t *digest;
};

enum manifest_status manifest_parse(const uint8_t *buf, size_t buf_bytes, struct manifest *out);
enum manifest_status manifest_length(const uint8_t *header, size_t *out_bytes);
struct manifest_entry manifest_entry(const struct manifest *manifest, uint32_t number);
uint32_t manifest_largest_raw_chunk(const struct manifest *manifest);

#endif

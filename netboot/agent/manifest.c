#include "manifest.h"

#include <string.h>

#include "bytes.h"

static const uint8_t magic[4] = { 'B', 'G', 'M', '1' };
static const uint8_t zero_digest[DIGEST_BYTES];

/* The entry at number, which is below entry_count. */
struct manifest_entry manifest_entry(const struct manifest *manifest, uint32_t number)
{
	const uint8_t *at = manifest->entries + (size_t)number * MANIFEST_ENTRY_BYTES;

	return (struct manifest_entry){
		.raw_offset = load_u64_be(at),
		.raw_bytes = load_u64_be(at + 8),
		.compressed_bytes = load_u32_be(at + 16),
		.digest = at + 20,
	};
}

/*
 * How long the whole manifest is, from its first MANIFEST_HEADER_BYTES.
 * Returns MANIFEST_OK and fills *out_bytes (at most MANIFEST_MAX_BYTES), else leaves it alone.
 */
enum manifest_status manifest_length(const uint8_t *header, size_t *out_bytes)
{
	uint32_t entry_count;

	if (memcmp(header, magic, sizeof(magic)) != 0)
		return MANIFEST_BAD_MAGIC;
	if (header[4] != MANIFEST_ARCHIVE && header[4] != MANIFEST_DISK)
		return MANIFEST_BAD_KIND;
	if (header[5] != 0 || header[6] != 0 || header[7] != 0)
		return MANIFEST_BAD_RESERVED;
	entry_count = load_u32_be(header + 48);
	if (entry_count > MANIFEST_ENTRIES_MAX)
		return MANIFEST_TOO_MANY;
	*out_bytes = MANIFEST_HEADER_BYTES + (size_t)entry_count * MANIFEST_ENTRY_BYTES;
	return MANIFEST_OK;
}

/* One entry that should start at next_offset, in an image of raw_bytes. */
static enum manifest_status check_entry(const struct manifest *manifest, const struct manifest_entry *entry,
					uint64_t next_offset)
{
	/* Subtracted on the side that cannot wrap: next_offset never passes raw_bytes. */
	if (entry->raw_offset != next_offset || entry->raw_bytes > manifest->raw_bytes - next_offset)
		return MANIFEST_BAD_ORDER;
	if (entry->compressed_bytes == 0) {
		if (manifest->kind != MANIFEST_DISK || memcmp(entry->digest, zero_digest, DIGEST_BYTES) != 0)
			return MANIFEST_BAD_ZERO_RUN;
		return entry->raw_bytes == 0 ? MANIFEST_BAD_SIZE : MANIFEST_OK;
	}
	if (entry->raw_bytes == 0 || entry->raw_bytes > CHUNK_RAW_MAX_BYTES ||
	    entry->compressed_bytes > CHUNK_COMPRESSED_MAX_BYTES)
		return MANIFEST_BAD_SIZE;
	return MANIFEST_OK;
}

/*
 * Check the whole manifest in buf[0 .. buf_bytes): afterwards every entry can be believed.
 * Returns MANIFEST_OK and fills *out, which points into buf; else *out is untouched.
 */
enum manifest_status manifest_parse(const uint8_t *buf, size_t buf_bytes, struct manifest *out)
{
	struct manifest manifest;
	enum manifest_status status;
	uint64_t next_offset = 0;
	size_t told_bytes;

	if (buf_bytes < MANIFEST_HEADER_BYTES)
		return MANIFEST_BAD_LENGTH;
	status = manifest_length(buf, &told_bytes);
	if (status != MANIFEST_OK)
		return status;
	if (told_bytes != buf_bytes)
		return MANIFEST_BAD_LENGTH;

	manifest.kind = (enum manifest_kind)buf[4];
	manifest.raw_bytes = load_u64_be(buf + 8);
	manifest.raw_digest = buf + 16;
	manifest.entry_count = load_u32_be(buf + 48);
	manifest.entries = buf + MANIFEST_HEADER_BYTES;
	for (uint32_t i = 0; i < manifest.entry_count; i++) {
		struct manifest_entry entry = manifest_entry(&manifest, i);

		status = check_entry(&manifest, &entry, next_offset);
		if (status != MANIFEST_OK)
			return status;
		next_offset += entry.raw_bytes;
	}
	if (next_offset != manifest.raw_bytes)
		return MANIFEST_BAD_ORDER;
	*out = manifest;
	return MANIFEST_OK;
}

/* The raw size of the largest chunk with data: what a buffer for decompression must hold. */
uint32_t manifest_largest_raw_chunk(const struct manifest *manifest)
{
	uint32_t largest = 0;

	for (uint32_t i = 0; i < manifest->entry_count; i++) {
		struct manifest_entry entry = manifest_entry(manifest, i);

		if (entry.compressed_bytes > 0 && entry.raw_bytes > largest)
			largest = (uint32_t)entry.raw_bytes;
	}
	return largest;
}

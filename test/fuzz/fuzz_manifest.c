/* Whatever manifest_parse() accepts keeps the promises that the store and the writer rely on. */
#include <stdlib.h>

#include "../../netboot/agent/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest manifest;
	uint64_t next = 0;
	size_t told;

	if (manifest_parse(data, size, &manifest) != MANIFEST_OK)
		return 0;
	if (manifest_length(data, &told) != MANIFEST_OK || told != size)
		abort();
	for (uint32_t i = 0; i < manifest.entry_count; i++) {
		struct manifest_entry entry = manifest_entry(&manifest, i);

		if (entry.raw_offset != next || entry.raw_bytes == 0 || entry.compressed_bytes > CHUNK_COMPRESSED_MAX_BYTES)
			abort();
		if (entry.compressed_bytes > 0 && entry.raw_bytes > manifest_largest_raw_chunk(&manifest))
			abort();
		next += entry.raw_bytes;
	}
	if (next != manifest.raw_bytes || manifest_largest_raw_chunk(&manifest) > CHUNK_RAW_MAX_BYTES)
		abort();
	return 0;
}

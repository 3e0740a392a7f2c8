#include "image_writer.h"

#include <errno.h>
#include <string.h>

static int write_zero_run(struct image_writer *writer, const struct manifest_entry *entry)
{
	static const uint8_t zeros[1 << 16];
	uint64_t left = entry->raw_bytes;
	int rc = sink_zeros(writer->sink, entry->raw_offset, entry->raw_bytes);

	while (rc == 0 && left > 0) {
		size_t bytes = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);

		digest_add(&writer->digest, zeros, bytes);
		left -= bytes;
		if (atomic_load(&writer->sink->aborted))
			rc = -ECANCELED;
	}
	return rc;
}

static int write_chunk(struct image_writer *writer, uint32_t chunk)
{
	struct manifest_entry entry = manifest_entry(&writer->store->manifest, chunk);
	struct unpack_slot *slot;
	int rc;

	if (entry.compressed_bytes == 0)
		return write_zero_run(writer, &entry);
	rc = unpack_wait(&writer->unpack, chunk, &slot);
	if (rc < 0)
		return rc;
	digest_add(&writer->digest, slot->raw, (size_t)entry.raw_bytes);
	rc = sink_write(writer->sink, entry.raw_offset, slot->raw, (size_t)entry.raw_bytes);
	unpack_give_back(&writer->unpack, slot);
	return rc;
}

/* All entries, then see that they are on the disk and are the image. */
static int write_entries(struct image_writer *writer)
{
	const struct manifest *manifest = &writer->store->manifest;
	int rc = sink_begin(writer->sink, manifest);

	if (rc == 0)
		rc = unpack_start(&writer->unpack, writer->store);
	for (uint32_t i = 0; rc == 0 && i < manifest->entry_count; i++) {
		rc = write_chunk(writer, i);
		if (rc == 0)
			store_written(writer->store, i, manifest_entry(manifest, i).raw_bytes);
	}
	if (rc == 0)
		rc = sink_finish(writer->sink);
	if (rc < 0)
		return rc;
	digest_finish(&writer->digest, writer->raw_digest);
	if (memcmp(writer->raw_digest, manifest->raw_digest, DIGEST_BYTES) != 0)
		return -EKEYREJECTED;
	return 0;
}

/*
 * Write the whole image. Returns 0; -EKEYREJECTED when what was written is not the image of the
 * manifest; -EILSEQ when a chunk cannot be decompressed; -ECANCELED when the store was
 * closed; or -errno, with sink->error when it was the sink's.
 */
int image_write(struct image_writer *writer)
{
	int rc = digest_open(&writer->digest);

	if (rc < 0)
		return rc;
	rc = store_wait_manifest(writer->store);
	if (rc == 0)
		rc = write_entries(writer);
	/* The threads end also when the store stays open to feed others. */
	unpack_stop(&writer->unpack);
	digest_close(&writer->digest);
	return rc;
}

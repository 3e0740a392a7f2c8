#include "image_writer.h"

#include <errno.h>
#include <string.h>

static const uint64_t slice_bytes = 1 << 28;	/* of zeros, between looks at whether the job was killed */

/*
 * What is looked at while it is written. A disk that is read back is digested then: what counts is
 * what it gives. What is thrown away cannot be read back.
 */
static int start_beside(struct image_writer *writer)
{
	int rc = 0;

	if (writer->sink->kind == SINK_DISCARD && writer->verify == VERIFY_READBACK)
		writer->verify = VERIFY_DIGEST;
	if (writer->verify == VERIFY_READBACK && writer->sink->kind == SINK_DISK) {
		rc = read_back_open(&writer->read_back, &writer->store->manifest);
		return rc < 0 ? rc : beside_open(&writer->parts, read_back_record, &writer->read_back);
	}
	if (writer->verify == VERIFY_READBACK) {
		rc = tree_open(&writer->tree);
		if (rc == 0)
			rc = beside_open(&writer->parts, tree_feed, &writer->tree);
	}
	if (rc == 0 && writer->verify != VERIFY_NONE) {
		rc = digest_open(&writer->digest);
		if (rc == 0)
			rc = beside_open(&writer->whole, beside_digest, &writer->digest);
	}
	return rc;
}

static void stop_beside(struct image_writer *writer)
{
	beside_close(&writer->whole);
	beside_close(&writer->parts);
	read_back_close(&writer->read_back);
	tree_close(&writer->tree);
	digest_close(&writer->digest);
}

static int write_zero_run(struct image_writer *writer, const struct manifest_entry *entry)
{
	uint64_t offset = entry->raw_offset, end = offset + entry->raw_bytes;
	int rc = 0;

	while (rc == 0 && offset < end) {
		uint64_t slice = end - offset < slice_bytes ? end - offset : slice_bytes;

		beside_begin(&writer->whole, NULL, slice);
		rc = sink_zeros(writer->sink, offset, slice);
		beside_wait(&writer->whole);
		offset += slice;
	}
	return rc;
}

/* Nobody would look at the raw bytes: do not make them. */
static bool only_relays(const struct image_writer *writer)
{
	return writer->sink->kind == SINK_DISCARD && writer->verify == VERIFY_NONE;
}

static int write_chunk(struct image_writer *writer, uint32_t chunk)
{
	struct manifest_entry entry = manifest_entry(&writer->store->manifest, chunk);
	struct unpack_slot *slot;
	int rc;

	if (entry.compressed_bytes == 0)
		return write_zero_run(writer, &entry);
	if (only_relays(writer))
		return store_wait_checked(writer->store, chunk);
	rc = unpack_wait(&writer->unpack, chunk, &slot);
	if (rc < 0)
		return rc;
	writer->read_back.entry = chunk;
	beside_begin(&writer->whole, slot->raw, entry.raw_bytes);
	beside_begin(&writer->parts, slot->raw, entry.raw_bytes);
	rc = sink_write(writer->sink, entry.raw_offset, slot->raw, (size_t)entry.raw_bytes);
	beside_wait(&writer->whole);
	beside_wait(&writer->parts);
	unpack_give_back(&writer->unpack, slot);
	return rc;
}

static int write_entries(struct image_writer *writer)
{
	const struct manifest *manifest = &writer->store->manifest;
	int rc = sink_begin(writer->sink, manifest);

	if (rc == 0)
		rc = start_beside(writer);
	if (rc == 0 && !only_relays(writer))
		rc = unpack_start(&writer->unpack, writer->store);
	for (uint32_t i = 0; rc == 0 && i < manifest->entry_count; i++) {
		rc = write_chunk(writer, i);
		if (rc == 0)
			store_written(writer->store, i, manifest_entry(manifest, i).raw_bytes);
	}
	return rc;
}

static int check_raw_digest(const struct image_writer *writer)
{
	return memcmp(writer->raw_digest, writer->store->manifest.raw_digest, DIGEST_BYTES) == 0 ? 0 : -EKEYREJECTED;
}

static int read_back(struct image_writer *writer)
{
	int rc;

	if (writer->sink->kind == SINK_ARCHIVE)
		return tree_compare(&writer->tree, writer->sink);
	rc = read_back_disk(&writer->read_back, writer->sink, writer->raw_digest);
	return rc < 0 ? rc : check_raw_digest(writer);
}

/* All came: see that it is the image before the disk gets its first MiB, and after. */
static int settle(struct image_writer *writer)
{
	int rc = 0;

	if (writer->whole.work != NULL) {
		digest_finish(&writer->digest, writer->raw_digest);
		rc = check_raw_digest(writer);
	}
	if (rc < 0)
		return rc;
	rc = sink_flush(writer->sink);
	if (rc == 0 && writer->verify == VERIFY_READBACK)
		rc = read_back(writer);
	if (rc == 0)
		rc = sink_finish(writer->sink);
	if (rc < 0)
		sink_spoil(writer->sink);
	return rc;
}

/*
 * Write the whole image. Returns 0; -EKEYREJECTED when what was written is not the image of the
 * manifest; -EILSEQ when a chunk cannot be decompressed; -ECANCELED when the store was
 * closed; or -errno, with sink->error when it was the sink's.
 */
int image_write(struct image_writer *writer)
{
	int rc = store_wait_manifest(writer->store);

	if (rc == 0)
		rc = write_entries(writer);
	if (rc == 0)
		rc = settle(writer);
	/* The threads end also when the store stays open to feed others. */
	unpack_stop(&writer->unpack);
	stop_beside(writer);
	return rc;
}

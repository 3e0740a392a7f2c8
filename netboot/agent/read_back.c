#include "read_back.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "bytes.h"

enum { WINDOW_BYTES = 4 << 20 };

/* Where the comparison is; used by the thread that compares, and by its owner while that rests. */
struct comparison {
	const struct read_back *read_back;
	struct digest digest;		/* of the entry so far */
	struct manifest_entry entry;
	uint32_t number;
	uint64_t done_bytes;		/* of the entry */
	bool differs;
	uint64_t differs_at;
};

int read_back_open(struct read_back *read_back, const struct manifest *manifest)
{
	read_back->manifest = manifest;
	read_back->digests = calloc((size_t)manifest->entry_count + 1, DIGEST_BYTES);
	return read_back->digests == NULL ? -ENOMEM : 0;
}

void read_back_close(struct read_back *read_back)
{
	free(read_back->digests);
	read_back->digests = NULL;
}

/* Work beside the writing: an entry's raw bytes, or NULL for a run of zeros. */
void read_back_record(void *context, const uint8_t *data, uint64_t bytes)
{
	struct read_back *read_back = context;

	if (data != NULL)
		digest_of(data, (size_t)bytes, read_back->digests[read_back->entry]);
}

static void found_difference(struct comparison *at, uint64_t offset)
{
	at->differs = true;
	at->differs_at = offset;
}

static void compare_zeros(struct comparison *at, const uint8_t *data, size_t bytes)
{
	size_t same = 0;

	if (all_zero(data, bytes))
		return;
	while (data[same] == 0)
		same++;
	found_difference(at, at->entry.raw_offset + at->done_bytes + same);
}

static void next_entry(struct comparison *at)
{
	uint8_t got[DIGEST_BYTES];

	if (at->entry.compressed_bytes > 0) {
		digest_finish(&at->digest, got);
		if (memcmp(got, at->read_back->digests[at->number], DIGEST_BYTES) != 0)
			found_difference(at, at->entry.raw_offset);
	}
	at->number++;
	at->done_bytes = 0;
	if (at->number < at->read_back->manifest->entry_count)
		at->entry = manifest_entry(at->read_back->manifest, at->number);
}

/* Work beside the reading: the next bytes of the disk. */
static void compare(void *context, const uint8_t *data, uint64_t bytes)
{
	struct comparison *at = context;

	while (bytes > 0 && !at->differs) {
		uint64_t left = at->entry.raw_bytes - at->done_bytes;
		size_t part = (size_t)(left < bytes ? left : bytes);

		if (at->entry.compressed_bytes == 0)
			compare_zeros(at, data, part);
		else
			digest_add(&at->digest, data, part);
		at->done_bytes += part;
		data += part;
		bytes -= part;
		if (at->done_bytes == at->entry.raw_bytes && !at->differs)
			next_entry(at);
	}
}

/* The parts that a reading needs. All are closed, whichever could be opened. */
struct reading {
	struct comparison comparison;
	struct digest digest;
	struct beside whole, parts;
	uint8_t *window[2];
};

static int reading_open(struct reading *reading, const struct read_back *read_back)
{
	int rc;

	reading->comparison.read_back = read_back;
	if (read_back->manifest->entry_count > 0)
		reading->comparison.entry = manifest_entry(read_back->manifest, 0);
	for (size_t i = 0; i < 2; i++)
		if (posix_memalign((void **)&reading->window[i], DISK_ALIGN_BYTES, WINDOW_BYTES) != 0)
			return -ENOMEM;
	if (digest_open(&reading->digest) < 0 || digest_open(&reading->comparison.digest) < 0)
		return -ENOMEM;
	rc = beside_open(&reading->whole, beside_digest, &reading->digest);
	return rc < 0 ? rc : beside_open(&reading->parts, compare, &reading->comparison);
}

static void reading_close(struct reading *reading)
{
	beside_close(&reading->whole);
	beside_close(&reading->parts);
	digest_close(&reading->digest);
	digest_close(&reading->comparison.digest);
	free(reading->window[0]);
	free(reading->window[1]);
}

/* Reads into one window while the other is looked at. */
static int read_all(struct reading *reading, struct sink *sink, uint64_t raw_bytes)
{
	unsigned int turn = 0;

	for (uint64_t offset = 0; offset < raw_bytes; turn ^= 1) {
		size_t part = (size_t)(raw_bytes - offset < WINDOW_BYTES ? raw_bytes - offset : WINDOW_BYTES);
		int rc = disk_read_at(&sink->disk, offset, reading->window[turn], part);

		if (rc < 0)
			return sink_fail(sink, rc, "Cannot read back %.500s at %llu: %s", sink->path,
					 (unsigned long long)sink->disk.failed_at, strerror(-rc));
		if (atomic_load(&sink->aborted))
			return sink_fail(sink, -ECANCELED, "Killed");
		beside_wait(&reading->parts);
		if (reading->comparison.differs)
			return 0;
		beside_begin(&reading->whole, reading->window[turn], part);
		beside_begin(&reading->parts, reading->window[turn], part);
		offset += part;
	}
	return 0;
}

/*
 * Read the whole image from the disk, which was flushed, and compare each entry. Returns 0 and the
 * SHA-256 of what the disk gave, or -errno with the sink's error.
 */
int read_back_disk(struct read_back *read_back, struct sink *sink, uint8_t raw_digest[static DIGEST_BYTES])
{
	struct reading reading = { 0 };
	int rc = reading_open(&reading, read_back);

	disk_drop_cache(&sink->disk);
	if (rc == 0)
		rc = read_all(&reading, sink, read_back->manifest->raw_bytes);
	beside_wait(&reading.whole);
	beside_wait(&reading.parts);
	if (rc == 0 && reading.comparison.differs)
		rc = sink_fail(sink, -EIO, "Wrong data read back from %.500s at %llu: the disk does not keep what is written to it", sink->path,
			       (unsigned long long)reading.comparison.differs_at);
	if (rc == 0)
		digest_finish(&reading.digest, raw_digest);
	reading_close(&reading);
	return rc;
}

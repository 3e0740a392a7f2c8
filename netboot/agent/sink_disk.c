#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sink.h"

/*
 * The order in which a disk is written, so that a node whose installation was cut short boots from
 * the network again and nobody takes what was on the disk before for what is there now:
 *
 * 1. the first and last MiB of the disk become zeros: boot sector, partition tables, GPT's copy;
 * 2. all between the first and last MiB of the image;
 * 3. flush; the image's last MiB, flush; its first, flush.
 */
static const uint64_t slice_bytes = 1 << 28;	/* between looks at whether the job was killed */
static const uint64_t edge_bytes = 1 << 20;

static int fail_to_write(struct sink *sink, int rc)
{
	return sink_fail(sink, rc, "Cannot write to %.500s at %llu: %s", sink->path,
			 (unsigned long long)sink->disk.failed_at, strerror(-rc));
}

static int fail_to_flush(struct sink *sink, int rc)
{
	return sink_fail(sink, rc, "Cannot flush %.500s: %s", sink->path, strerror(-rc));
}

static int open_disk(struct sink *sink)
{
	enum disk_fault fault = disk_open(&sink->disk, sink->path);
	int rc = -errno;

	switch (fault) {
	case DISK_OK:
		return 0;
	case DISK_NO_MEMORY:
		return sink_fail(sink, -ENOMEM, "No memory left");
	case DISK_NOT_FOUND:
		return sink_fail(sink, rc, "Cannot find %.500s: %s", sink->path, strerror(-rc));
	case DISK_NO_SIZE:
		return sink_fail(sink, rc, "Cannot learn the size of %.500s: %s", sink->path, strerror(-rc));
	default:
		return sink_fail(sink, rc, "Cannot open %.500s: %s", sink->path, strerror(-rc));
	}
}

static int edge_open(struct disk_edge *edge, uint64_t offset, uint64_t end)
{
	edge->offset = offset;
	edge->bytes = (size_t)(end - offset);
	if (posix_memalign((void **)&edge->data, DISK_ALIGN_BYTES, edge->bytes + 1) != 0)
		return -ENOMEM;
	memset(edge->data, 0, edge->bytes);
	return 0;
}

/* The disk is there and the image fits. Nothing is written yet. */
int disk_sink_begin(struct sink *sink, uint64_t raw_bytes)
{
	uint64_t head_end = raw_bytes < edge_bytes ? raw_bytes : edge_bytes, tail;
	int rc = open_disk(sink);

	if (rc < 0)
		return rc;
	if (!sink->disk.block_device && sink->disk.bytes < raw_bytes) {	/* a file grows */
		if (ftruncate(sink->disk.fd, (off_t)raw_bytes) < 0)
			return sink_fail(sink, -errno, "Cannot make %.500s larger: %s", sink->path, strerror(errno));
		sink->disk.bytes = raw_bytes;
	}
	if (sink->disk.bytes < raw_bytes)
		return sink_fail(sink, -ENOSPC, "Cannot write the image to %.500s: it has %llu bytes, the image %llu", sink->path,
				 (unsigned long long)sink->disk.bytes, (unsigned long long)raw_bytes);
	tail = (raw_bytes - head_end) & ~(uint64_t)(DISK_ALIGN_BYTES - 1);
	if (tail < head_end)
		tail = head_end;
	if (edge_open(&sink->head, 0, head_end) < 0 || edge_open(&sink->tail, tail, raw_bytes) < 0)
		return sink_fail(sink, -ENOMEM, "No memory left");
	return 0;
}

/*
 * GPT counts in sectors and is found in the second one: an image made for other sectors than the
 * disk's would be written well and never boot.
 */
static int check_table(struct sink *sink, const uint8_t *data, size_t bytes)
{
	unsigned int found = 0, own = sink->disk.sector_bytes;

	for (unsigned int sector = 512; sector <= 4096; sector *= 8) {
		if (bytes < sector + 8 || memcmp(data + sector, "EFI PART", 8) != 0)
			continue;
		if (found != own)
			found = sector;
	}
	if (found == 0 || found == own || !sink->disk.block_device)
		return 0;
	return sink_fail(sink, -EINVAL, "Cannot write the image to %.500s: its partition table is for sectors of %u bytes, the disk's have %u",
			 sink->path, found, own);
}

static int wipe(struct sink *sink, uint64_t offset, uint64_t bytes)
{
	int rc = disk_zero_at(&sink->disk, offset, bytes);

	return rc < 0 ? fail_to_write(sink, rc) : 0;
}

static int wipe_edges(struct sink *sink)
{
	uint64_t edge = sink->disk.bytes < edge_bytes ? sink->disk.bytes : edge_bytes;
	int rc = wipe(sink, 0, edge);

	if (rc == 0)
		rc = wipe(sink, sink->disk.bytes - edge, edge);
	if (rc == 0)
		rc = wipe(sink, sink->tail.offset, sink->tail.bytes);
	if (rc == 0)
		rc = disk_flush(&sink->disk);
	/* The partitions that were are gone; whoever still looks at one of them does not matter yet. */
	(void)disk_reread_table(&sink->disk, 1);
	return rc < 0 ? fail_to_flush(sink, rc) : 0;
}

/* Before the first byte, once. `data` is what comes first, NULL: zeros. */
static int touch(struct sink *sink, const uint8_t *data, size_t bytes)
{
	int rc = 0;

	if (sink->touched)
		return 0;
	if (data != NULL)
		rc = check_table(sink, data, bytes);
	if (rc == 0) {
		sink->touched = true;
		rc = wipe_edges(sink);
	}
	return rc;
}

/* Keep what is in the edge for later. */
static void keep(struct disk_edge *edge, uint64_t offset, const uint8_t *data, size_t bytes)
{
	uint64_t from = offset > edge->offset ? offset : edge->offset;
	uint64_t end = offset + bytes < edge->offset + edge->bytes ? offset + bytes : edge->offset + edge->bytes;

	if (from < end)
		memcpy(edge->data + (from - edge->offset), data + (from - offset), (size_t)(end - from));
}

/* The part between the edges: *from and *end become equal when there is none. */
static void clip(const struct sink *sink, uint64_t *from, uint64_t *end)
{
	if (*from < sink->head.bytes)
		*from = sink->head.bytes;
	if (*end > sink->tail.offset)
		*end = sink->tail.offset;
	if (*end < *from)
		*end = *from;
}

int disk_sink_write(struct sink *sink, uint64_t offset, const uint8_t *data, size_t bytes)
{
	uint64_t from = offset, end = offset + bytes;
	int rc = touch(sink, data, bytes);

	if (rc < 0)
		return rc;
	keep(&sink->head, offset, data, bytes);
	keep(&sink->tail, offset, data, bytes);
	clip(sink, &from, &end);
	rc = disk_write_at(&sink->disk, from, data + (from - offset), (size_t)(end - from));
	return rc < 0 ? fail_to_write(sink, rc) : 0;
}

int disk_sink_zeros(struct sink *sink, uint64_t offset, uint64_t bytes)
{
	uint64_t end = offset + bytes;
	int rc = touch(sink, NULL, 0);

	clip(sink, &offset, &end);	/* the edges are zero until something else comes */
	while (rc == 0 && offset < end) {
		uint64_t slice = end - offset < slice_bytes ? end - offset : slice_bytes;

		if (atomic_load(&sink->aborted))
			return sink_fail(sink, -ECANCELED, "Killed");
		rc = wipe(sink, offset, slice);
		offset += slice;
	}
	return rc;
}

static int write_edge(struct sink *sink, const struct disk_edge *edge)
{
	int rc = disk_write_at(&sink->disk, edge->offset, edge->data, edge->bytes);

	if (rc < 0)
		return fail_to_write(sink, rc);
	rc = disk_flush(&sink->disk);
	return rc < 0 ? fail_to_flush(sink, rc) : 0;
}

/* What came is the image: put it on the disk for good. */
int disk_sink_flush(struct sink *sink)
{
	int rc = touch(sink, NULL, 0);

	if (rc == 0)
		rc = disk_flush(&sink->disk);
	if (rc < 0)
		return fail_to_flush(sink, rc);
	rc = write_edge(sink, &sink->tail);
	return rc < 0 ? rc : write_edge(sink, &sink->head);
}

/* What is on the disk is not the image: see that nothing boots from it. */
void disk_sink_spoil(struct sink *sink)
{
	(void)wipe_edges(sink);
}

int disk_sink_finish(struct sink *sink)
{
	int rc = disk_reread_table(&sink->disk, 20);

	if (rc < 0)
		return sink_fail(sink, rc, "Cannot have the kernel read the new partition table of %.500s: %s", sink->path,
				 strerror(-rc));
	rc = disk_close(&sink->disk);
	return rc < 0 ? sink_fail(sink, rc, "Cannot close %.500s: %s", sink->path, strerror(-rc)) : 0;
}

void disk_sink_close(struct sink *sink)
{
	(void)disk_close(&sink->disk);
	free(sink->head.data);
	free(sink->tail.data);
	sink->head.data = sink->tail.data = NULL;
}

/* Images of disks into files; test/broadcast/sinks.system.test.ts has real block devices. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "../../netboot/agent/read_back.h"
#include "../../netboot/agent/sink.h"

enum { MIB = 1 << 20, OLD = 0xee };

/* A file full of what was on the disk before. */
static int old_disk(char *path, size_t bytes)
{
	static uint8_t old[1 << 16];
	int fd = mkstemp(path);

	memset(old, OLD, sizeof(old));
	CHECK(fd >= 0);
	for (size_t done = 0; done < bytes;) {
		size_t part = bytes - done < sizeof(old) ? bytes - done : sizeof(old);

		CHECK(write(fd, old, part) == (ssize_t)part);
		done += part;
	}
	return fd;
}

/* The image's byte at an offset: never what was there before, and zero in its zero runs. */
static uint8_t image_byte(size_t offset, size_t zeros_from, size_t zeros_end)
{
	return offset >= zeros_from && offset < zeros_end ? 0 : (uint8_t)(offset % 199 + 1);
}

static bool has(int fd, size_t from, size_t end, int byte)
{
	uint8_t got[4096];

	for (size_t at = from; at < end;) {
		size_t part = end - at < sizeof(got) ? end - at : sizeof(got);

		if (pread(fd, got, part, (off_t)at) != (ssize_t)part)
			return false;
		for (size_t i = 0; i < part; i++)
			if (got[i] != byte)
				return false;
		at += part;
	}
	return true;
}

static bool has_image(int fd, size_t bytes, size_t zeros_from, size_t zeros_end)
{
	uint8_t *got = malloc(bytes + 1);
	bool same = pread(fd, got, bytes, 0) == (ssize_t)bytes;

	for (size_t i = 0; same && i < bytes; i++)
		same = got[i] == image_byte(i, zeros_from, zeros_end);
	free(got);
	return same;
}

/* Write all of an image in pieces, the zeros as a run. */
static int write_image(struct sink *sink, size_t bytes, size_t zeros_from, size_t zeros_end, size_t piece)
{
	uint8_t *data = malloc(piece);
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < bytes;) {
		size_t end = at < zeros_from ? zeros_from : at < zeros_end ? zeros_end : bytes;
		size_t part = end - at < piece ? end - at : piece;

		if (at >= zeros_from && at < zeros_end) {
			rc = sink_zeros(sink, at, zeros_end - at);
			at = zeros_end;
			continue;
		}
		for (size_t i = 0; i < part; i++)
			data[i] = image_byte(at + i, zeros_from, zeros_end);
		rc = sink_write(sink, at, data, part);
		at += part;
	}
	free(data);
	return rc;
}

static const struct {
	const char *what;
	size_t disk, image, zeros_from, zeros_end, piece;
} rows[] = {
	{ "nothing at all", 4096, 0, 0, 0, 512 },
	{ "one byte", 5 * MIB, 1, 0, 0, 512 },
	{ "no sector's multiple", 5 * MIB, 3 * MIB + 77, MIB + 5, 2 * MIB + 1000, 70001 },
	{ "half a MiB", 5 * MIB, MIB / 2, 1000, 5000, 4096 },
	{ "a MiB and a half", 5 * MIB, MIB + MIB / 2, MIB - 100, MIB + 100, 1 << 18 },
	{ "as large as the disk", 4 * MIB, 4 * MIB, 2 * MIB, 2 * MIB + 4096, MIB },
	{ "zeros only", 4 * MIB, 3 * MIB, 0, 3 * MIB, MIB },
	{ "zeros at both ends of the middle", 6 * MIB, 6 * MIB, MIB / 2, 5 * MIB + 9, 12345 },
};

static void writes_the_image(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[] = "/tmp/agent-test-XXXXXX";
		struct manifest manifest = { .kind = MANIFEST_DISK, .raw_bytes = rows[i].image };
		size_t last_mib = rows[i].disk < MIB ? 0 : rows[i].disk - MIB;
		struct sink sink;
		int fd = old_disk(path, rows[i].disk);

		(void)sink_open(&sink, SINK_DISK, path);
		CHECK_ROW(sink_begin(&sink, &manifest) == 0, rows[i].what);
		CHECK_ROW(has(fd, 0, rows[i].disk, OLD), rows[i].what);
		CHECK_ROW(write_image(&sink, rows[i].image, rows[i].zeros_from, rows[i].zeros_end, rows[i].piece) == 0, rows[i].what);
		/* Cut short here, neither a boot sector nor a partition table would be there, new or old. */
		if (rows[i].image > 0) {
			CHECK_ROW(has(fd, 0, rows[i].image < MIB ? rows[i].image : MIB, 0), rows[i].what);
			CHECK_ROW(has(fd, last_mib, rows[i].disk, 0), rows[i].what);
		}
		CHECK_ROW(sink_flush(&sink) == 0 && sink_finish(&sink) == 0, rows[i].what);
		sink_close(&sink);
		CHECK_ROW(has_image(fd, rows[i].image, rows[i].zeros_from, rows[i].zeros_end), rows[i].what);
		if (last_mib >= rows[i].image && last_mib > MIB) {
			CHECK_ROW(has(fd, rows[i].image > MIB ? rows[i].image : MIB, last_mib, OLD), rows[i].what);
			CHECK_ROW(has(fd, last_mib, rows[i].disk, 0), rows[i].what);
		}
		close(fd);
		unlink(path);
	}
}

static void makes_a_file_larger(void)
{
	char path[] = "/tmp/agent-test-XXXXXX";
	struct manifest manifest = { .kind = MANIFEST_DISK, .raw_bytes = 3 * 4096 + 100 };
	struct sink sink;
	struct stat about;
	int fd = old_disk(path, 8192);

	(void)sink_open(&sink, SINK_DISK, path);
	CHECK(sink_begin(&sink, &manifest) == 0);
	CHECK(write_image(&sink, manifest.raw_bytes, 4096, 9000, 4096) == 0);
	CHECK(sink_flush(&sink) == 0 && sink_finish(&sink) == 0);
	sink_close(&sink);
	CHECK(has_image(fd, manifest.raw_bytes, 4096, 9000) && fstat(fd, &about) == 0 && about.st_size == 3 * 4096 + 100);
	close(fd);
	unlink(path);
}

static void spoils_what_is_wrong(void)
{
	char path[] = "/tmp/agent-test-XXXXXX";
	struct manifest manifest = { .kind = MANIFEST_DISK, .raw_bytes = 3 * MIB };
	struct sink sink;
	int fd = old_disk(path, 3 * MIB);

	(void)sink_open(&sink, SINK_DISK, path);
	CHECK(sink_begin(&sink, &manifest) == 0 && write_image(&sink, 3 * MIB, 0, 0, MIB) == 0 && sink_flush(&sink) == 0);
	sink_spoil(&sink);
	sink_close(&sink);
	CHECK(has(fd, 0, MIB, 0) && has(fd, 2 * MIB, 3 * MIB, 0));
	close(fd);
	unlink(path);
}

static void stops_in_zeros_when_aborted(void)
{
	char path[] = "/tmp/agent-test-XXXXXX";
	struct manifest manifest = { .kind = MANIFEST_DISK, .raw_bytes = 4 * MIB };
	struct sink sink;
	int fd = old_disk(path, 4096);

	(void)sink_open(&sink, SINK_DISK, path);
	CHECK(sink_begin(&sink, &manifest) == 0);
	sink_abort(&sink);
	CHECK(sink_zeros(&sink, 0, 4 * MIB) == -ECANCELED && strcmp(sink.error, "Killed") == 0);
	sink_close(&sink);
	close(fd);
	unlink(path);
}

/* Entries of MiBs: data, zeros, data. */
static void put_entry(uint8_t *at, uint64_t offset, uint64_t bytes, uint32_t compressed_bytes)
{
	for (int i = 0; i < 8; i++) {
		at[i] = (uint8_t)(offset >> (56 - 8 * i));
		at[8 + i] = (uint8_t)(bytes >> (56 - 8 * i));
	}
	for (int i = 0; i < 4; i++)
		at[16 + i] = (uint8_t)(compressed_bytes >> (24 - 8 * i));
}

static void reads_back(void)
{
	char path[] = "/tmp/agent-test-XXXXXX", expected[64];
	static uint8_t entries[3 * MANIFEST_ENTRY_BYTES], data[3 * MIB];
	struct manifest manifest = { .kind = MANIFEST_DISK, .raw_bytes = 8 * MIB + 3, .entry_count = 3, .entries = entries };
	uint8_t raw_digest[DIGEST_BYTES], whole_digest[DIGEST_BYTES], *whole = calloc(1, 8 * MIB + 3);
	struct read_back read_back = { 0 };
	struct sink sink;
	static const struct {
		size_t at, told;	/* in a run of zeros the place itself is told, elsewhere the chunk */
	} harm[] = { { 5 * MIB - 1, 5 * MIB - 1 }, { 100, 0 }, { 4 * MIB + 5, 4 * MIB + 5 }, { 8 * MIB + 2, 6 * MIB } };
	int fd = old_disk(path, 9 * MIB);

	/* 0 to 3 MiB data, 3 to 6 MiB zeros, the rest data */
	put_entry(entries, 0, 3 * MIB, 1);
	put_entry(entries + MANIFEST_ENTRY_BYTES, 3 * MIB, 3 * MIB, 0);
	put_entry(entries + 2 * MANIFEST_ENTRY_BYTES, 6 * MIB, 2 * MIB + 3, 1);
	(void)sink_open(&sink, SINK_DISK, path);
	CHECK(read_back_open(&read_back, &manifest) == 0 && sink_begin(&sink, &manifest) == 0);
	memset(data, 0x42, sizeof(data));
	memset(whole, 0x42, 3 * MIB);
	memset(whole + 6 * MIB, 0x42, 2 * MIB + 3);
	read_back_record(&read_back, data, 3 * MIB);
	CHECK(sink_write(&sink, 0, data, 3 * MIB) == 0 && sink_zeros(&sink, 3 * MIB, 3 * MIB) == 0);
	read_back.entry = 2;
	read_back_record(&read_back, data, 2 * MIB + 3);
	CHECK(sink_write(&sink, 6 * MIB, data, 2 * MIB + 3) == 0 && sink_flush(&sink) == 0);
	digest_of(whole, 8 * MIB + 3, whole_digest);
	CHECK(read_back_disk(&read_back, &sink, raw_digest) == 0 && memcmp(raw_digest, whole_digest, DIGEST_BYTES) == 0);
	for (size_t i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		uint8_t was, bad = 0x99;

		CHECK(pread(fd, &was, 1, (off_t)harm[i].at) == 1 && pwrite(fd, &bad, 1, (off_t)harm[i].at) == 1 && fsync(fd) == 0);
		sink.error[0] = '\0';
		CHECK(read_back_disk(&read_back, &sink, raw_digest) == -EIO);
		snprintf(expected, sizeof(expected), " at %zu: ", harm[i].told);
		CHECK_ROW(strstr(sink.error, expected) != NULL, sink.error);
		CHECK(pwrite(fd, &was, 1, (off_t)harm[i].at) == 1 && fsync(fd) == 0);
	}
	CHECK(ftruncate(fd, 5 * MIB) == 0);
	sink.error[0] = '\0';
	CHECK(read_back_disk(&read_back, &sink, raw_digest) == -EIO && strstr(sink.error, "Cannot read back") != NULL);
	read_back_close(&read_back);
	sink_close(&sink);
	free(whole);
	close(fd);
	unlink(path);
}

void test_sink_disk(void)
{
	writes_the_image();
	makes_a_file_larger();
	spoils_what_is_wrong();
	stops_in_zeros_when_aborted();
	reads_back();
}

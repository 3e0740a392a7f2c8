#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "../../netboot/agent/sink.h"

static void refuses_what_does_not_fit(void)
{
	struct manifest disk = { .kind = MANIFEST_DISK, .raw_bytes = 512 }, archive = { .kind = MANIFEST_ARCHIVE };
	struct sink sink;

	(void)sink_open(&sink, SINK_DISK, "/nowhere/disk");
	CHECK(sink_begin(&sink, &disk) == -ENOENT && strstr(sink.error, "/nowhere/disk") != NULL);
	sink_close(&sink);
	(void)sink_open(&sink, SINK_DISK, "/dev/null");
	CHECK(sink_begin(&sink, &archive) == -EINVAL && strstr(sink.error, "archive") != NULL);
	sink_close(&sink);
	(void)sink_open(&sink, SINK_ARCHIVE, "/tmp");
	CHECK(sink_begin(&sink, &disk) == -EINVAL && strstr(sink.error, "disk") != NULL);
	sink_close(&sink);
}

/* One 512-byte block of "not a tar" makes tar fail; its words come back. */
static void tells_what_tar_says(void)
{
	struct manifest manifest = { .kind = MANIFEST_ARCHIVE };
	static uint8_t junk[10240];
	struct sink sink;

	memset(junk, 'x', sizeof(junk));
	(void)sink_open(&sink, SINK_ARCHIVE, "/tmp");
	CHECK(sink_begin(&sink, &manifest) == 0);
	(void)sink_write(&sink, 0, junk, sizeof(junk));
	CHECK(sink_flush(&sink) < 0 && strstr(sink.error, "tar") != NULL);
	sink_close(&sink);
}

static void stops_when_aborted(void)
{
	struct manifest manifest = { .kind = MANIFEST_ARCHIVE };
	static uint8_t zeros[512];
	struct sink sink;

	(void)sink_open(&sink, SINK_ARCHIVE, "/tmp");
	CHECK(sink_begin(&sink, &manifest) == 0);
	sink_abort(&sink);
	CHECK(sink_write(&sink, 0, zeros, sizeof(zeros)) == -ECANCELED && strcmp(sink.error, "Killed") == 0);
	sink_close(&sink);
	CHECK(sink.tar_pid == 0);
}

void test_sink(void)
{
	refuses_what_does_not_fit();
	tells_what_tar_says();
	stops_when_aborted();
}

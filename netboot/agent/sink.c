#include "sink.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Keep the sentence that says what failed; the first one counts. Returns rc. */
int sink_fail(struct sink *sink, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (sink->error[0] == '\0')
		vsnprintf(sink->error, sizeof(sink->error), format, args);
	va_end(args);
	return rc;
}

/* Prepare; nothing is touched before sink_begin(). */
int sink_open(struct sink *sink, enum sink_kind kind, const char *path)
{
	memset(sink, 0, sizeof(*sink));
	sink->kind = kind;
	sink->tar_fd = sink->tar_error_fd = -1;
	disk_forget(&sink->disk);
	snprintf(sink->path, sizeof(sink->path), "%s", path);
	pthread_mutex_init(&sink->tar_lock, NULL);
	return 0;
}

/* The image is known: does it fit the sink? Then begin to write. */
int sink_begin(struct sink *sink, const struct manifest *manifest)
{
	switch (sink->kind) {
	case SINK_ARCHIVE:
		if (manifest->kind != MANIFEST_ARCHIVE)
			return sink_fail(sink, -EINVAL, "Cannot unpack the image into %.500s: it is a disk, not an archive", sink->path);
		return archive_begin(sink);
	case SINK_DISK:
		if (manifest->kind != MANIFEST_DISK)
			return sink_fail(sink, -EINVAL, "Cannot write the image to %.500s: it is an archive, not a disk", sink->path);
		return disk_sink_begin(sink, manifest->raw_bytes);
	default:
		return 0;
	}
}

int sink_write(struct sink *sink, uint64_t offset, const uint8_t *data, size_t bytes)
{
	if (atomic_load(&sink->aborted))
		return sink_fail(sink, -ECANCELED, "Killed");
	if (sink->kind == SINK_ARCHIVE)
		return archive_write(sink, data, bytes);
	return sink->kind == SINK_DISK ? disk_sink_write(sink, offset, data, bytes) : 0;
}

/* A run of zeros, which only images of disks have. */
int sink_zeros(struct sink *sink, uint64_t offset, uint64_t bytes)
{
	if (atomic_load(&sink->aborted))
		return sink_fail(sink, -ECANCELED, "Killed");
	return sink->kind == SINK_DISK ? disk_sink_zeros(sink, offset, bytes) : 0;
}

/* Everything came and is the image: see that it is on the disk. */
int sink_flush(struct sink *sink)
{
	if (sink->kind == SINK_ARCHIVE)
		return archive_flush(sink);
	return sink->kind == SINK_DISK ? disk_sink_flush(sink) : 0;
}

/* What was flushed turned out to be wrong: nothing may boot from it. */
void sink_spoil(struct sink *sink)
{
	if (sink->kind == SINK_DISK)
		disk_sink_spoil(sink);
}

/* What was flushed is right: let others use it. */
int sink_finish(struct sink *sink)
{
	return sink->kind == SINK_DISK ? disk_sink_finish(sink) : 0;
}

/* Make whoever is writing stop soon; from any thread. */
void sink_abort(struct sink *sink)
{
	atomic_store(&sink->aborted, true);
	archive_kill(sink);
}

void sink_close(struct sink *sink)
{
	disk_sink_close(sink);
	if (sink->tar_fd >= 0)
		close(sink->tar_fd);
	if (sink->tar_error_fd >= 0)
		close(sink->tar_error_fd);
	sink->tar_fd = sink->tar_error_fd = -1;
	if (sink->tar_pid > 0) {
		archive_kill(sink);
		pthread_mutex_lock(&sink->tar_lock);
		while (waitpid(sink->tar_pid, NULL, 0) < 0 && errno == EINTR)
			;
		sink->tar_pid = 0;
		pthread_mutex_unlock(&sink->tar_lock);
	}
}

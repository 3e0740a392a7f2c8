#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

static const uint8_t zeros[1 << 16];
static const uint64_t slice_bytes = 1 << 28;	/* between looks at whether the job was killed */

/*
 * Open the device (or, in tests, a file that is there) and see that the image fits. A block
 * device is opened exclusively: one that is mounted or in use by somebody is not overwritten.
 */
int disk_begin(struct sink *sink, uint64_t raw_bytes)
{
	uint64_t room = raw_bytes;
	struct stat about;

	if (stat(sink->path, &about) < 0)
		return sink_fail(sink, -errno, "Cannot find %.500s: %s", sink->path, strerror(errno));
	sink->block_device = S_ISBLK(about.st_mode);
	sink->fd = open(sink->path, O_WRONLY | O_CLOEXEC | (sink->block_device ? O_EXCL : 0));
	if (sink->fd < 0)
		return sink_fail(sink, -errno, "Cannot open %.500s: %s", sink->path, strerror(errno));
	if (sink->block_device && ioctl(sink->fd, BLKGETSIZE64, &room) < 0)
		return sink_fail(sink, -errno, "Cannot learn the size of %.500s: %s", sink->path, strerror(errno));
	if (room < raw_bytes)
		return sink_fail(sink, -ENOSPC, "Cannot write the image to %.500s: it has %llu bytes, the image %llu", sink->path,
				 (unsigned long long)room, (unsigned long long)raw_bytes);
	if (S_ISREG(about.st_mode) && (uint64_t)about.st_size < raw_bytes && ftruncate(sink->fd, (off_t)raw_bytes) < 0)
		return sink_fail(sink, -errno, "Cannot make %.500s larger: %s", sink->path, strerror(errno));
	return 0;
}

int disk_write(struct sink *sink, uint64_t offset, const uint8_t *data, size_t bytes)
{
	while (bytes > 0) {
		ssize_t wrote = pwrite(sink->fd, data, bytes, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			int rc = wrote < 0 ? -errno : -ENOSPC;

			return sink_fail(sink, rc, "Cannot write to %.500s at %llu: %s", sink->path, (unsigned long long)offset,
					 strerror(-rc));
		}
		data += wrote;
		bytes -= (size_t)wrote;
		offset += (uint64_t)wrote;
	}
	return 0;
}

/*
 * Have the device make zeros itself. BLKZEROOUT and not BLKDISCARD: what a discarded block reads
 * as is up to the device, and the digest says zeros; the kernel unmaps where that is as good.
 */
static bool zero_by_device(const struct sink *sink, uint64_t offset, uint64_t bytes)
{
	uint64_t range[2] = { offset, bytes };

	if (sink->block_device)
		return ioctl(sink->fd, BLKZEROOUT, range) == 0;
	return fallocate(sink->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes) == 0;
}

int disk_zeros(struct sink *sink, uint64_t offset, uint64_t bytes)
{
	bool by_device = true;

	while (bytes > 0) {
		uint64_t slice = bytes < slice_bytes ? bytes : slice_bytes;
		int rc;

		if (atomic_load(&sink->aborted))
			return sink_fail(sink, -ECANCELED, "Killed");
		if (by_device)
			by_device = zero_by_device(sink, offset, slice);
		if (!by_device) {
			slice = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
			rc = disk_write(sink, offset, zeros, (size_t)slice);
			if (rc < 0)
				return rc;
		}
		offset += slice;
		bytes -= slice;
	}
	return 0;
}

/* fsync is where a dying disk confesses; close as well. */
int disk_finish(struct sink *sink)
{
	int rc = 0;

	if (fsync(sink->fd) < 0)
		rc = sink_fail(sink, -errno, "Cannot flush %.500s: %s", sink->path, strerror(errno));
	if (close(sink->fd) < 0 && rc == 0)
		rc = sink_fail(sink, -errno, "Cannot close %.500s: %s", sink->path, strerror(errno));
	sink->fd = -1;
	return rc;
}

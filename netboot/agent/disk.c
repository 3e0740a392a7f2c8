#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BOUNCE_BYTES = 1 << 20, DIRTY_MAX_BYTES = 32 << 20, REREAD_PAUSE_MS = 100 };

static const uint8_t zeros[1 << 16] __attribute__((aligned(DISK_ALIGN_BYTES)));

/* A disk that is not open; disk_close() may be called. */
void disk_forget(struct disk *disk)
{
	memset(disk, 0, sizeof(*disk));
	disk->fd = disk->direct_fd = -1;
}

static bool learn_size(struct disk *disk, const struct stat *about)
{
	unsigned int sector_bytes;

	disk->sector_bytes = 512;
	disk->bytes = (uint64_t)about->st_size;
	if (disk->block_device) {
		if (ioctl(disk->fd, BLKGETSIZE64, &disk->bytes) < 0 || ioctl(disk->fd, BLKSSZGET, &sector_bytes) < 0)
			return false;
		disk->sector_bytes = sector_bytes;
	}
	disk->align_bytes = disk->sector_bytes > DISK_ALIGN_BYTES ? disk->sector_bytes : DISK_ALIGN_BYTES;
	return true;
}

/*
 * Open a disk that is there. A block device is opened exclusively: one that is mounted or used by
 * somebody is not overwritten. On a fault errno says more; disk_close() in every case.
 */
enum disk_fault disk_open(struct disk *disk, const char *path)
{
	struct stat about;

	disk_forget(disk);
	if (stat(path, &about) < 0)
		return DISK_NOT_FOUND;
	disk->block_device = S_ISBLK(about.st_mode);
	disk->fd = open(path, O_RDWR | O_CLOEXEC | (disk->block_device ? O_EXCL : 0));
	if (disk->fd < 0)
		return DISK_NOT_OPENED;
	if (!learn_size(disk, &about))
		return DISK_NO_SIZE;
	disk->direct_fd = open(path, O_RDWR | O_CLOEXEC | O_DIRECT);	/* some file systems cannot */
	if (posix_memalign((void **)&disk->bounce, disk->align_bytes, BOUNCE_BYTES) != 0)
		return DISK_NO_MEMORY;
	return DISK_OK;
}

/* Returns 0 or -errno of closing. */
int disk_close(struct disk *disk)
{
	int rc = 0;

	if (disk->direct_fd >= 0)
		close(disk->direct_fd);
	if (disk->fd >= 0 && close(disk->fd) < 0)
		rc = -errno;
	free(disk->bounce);
	disk_forget(disk);
	return rc;
}

static int write_all(struct disk *disk, int fd, uint64_t offset, const uint8_t *data, size_t bytes)
{
	while (bytes > 0) {
		ssize_t wrote = pwrite(fd, data, bytes, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			disk->failed_at = offset;
			return wrote < 0 ? -errno : -ENOSPC;
		}
		data += wrote;
		bytes -= (size_t)wrote;
		offset += (uint64_t)wrote;
	}
	return 0;
}

/* Whole pages past the cache. They need memory that is aligned as well. */
static int write_direct(struct disk *disk, uint64_t offset, const uint8_t *data, size_t bytes)
{
	int rc = 0;

	if ((uintptr_t)data % disk->align_bytes == 0)
		return write_all(disk, disk->direct_fd, offset, data, bytes);
	while (rc == 0 && bytes > 0) {
		size_t part = bytes < BOUNCE_BYTES ? bytes : BOUNCE_BYTES;

		memcpy(disk->bounce, data, part);
		rc = write_all(disk, disk->direct_fd, offset, disk->bounce, part);
		data += part;
		bytes -= part;
		offset += part;
	}
	return rc;
}

/*
 * Through the cache, which is emptied behind the writer: else it would fill the memory with what
 * the disk has yet to take, and the flush at the end would last as long as the whole image.
 */
static int write_cached(struct disk *disk, uint64_t offset, const uint8_t *data, size_t bytes)
{
	int rc = write_all(disk, disk->fd, offset, data, bytes);

	if (disk->dirty_from == disk->dirty_end)
		disk->dirty_from = disk->dirty_end = offset;
	if (offset < disk->dirty_from)
		disk->dirty_from = offset;
	if (offset + bytes > disk->dirty_end)
		disk->dirty_end = offset + bytes;
	if (rc == 0 && disk->dirty_end - disk->dirty_from >= DIRTY_MAX_BYTES) {
		off_t from = (off_t)disk->dirty_from, span = (off_t)(disk->dirty_end - disk->dirty_from);

		/* An error of it is told again by the flush. */
		(void)sync_file_range(disk->fd, from, span, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				      SYNC_FILE_RANGE_WAIT_AFTER);
		(void)posix_fadvise(disk->fd, from, span, POSIX_FADV_DONTNEED);
		disk->dirty_from = disk->dirty_end;
	}
	return rc;
}

/* On failure failed_at says where. */
int disk_write_at(struct disk *disk, uint64_t offset, const uint8_t *data, size_t bytes)
{
	size_t mask = disk->align_bytes - 1, head, middle;
	int rc;

	if (disk->direct_fd < 0 || bytes == 0)
		return write_cached(disk, offset, data, bytes);
	head = (size_t)(-offset & mask);
	if (head > bytes)
		head = bytes;
	middle = (bytes - head) & ~mask;
	rc = write_cached(disk, offset, data, head);
	if (rc == 0)
		rc = write_direct(disk, offset + head, data + head, middle);
	if (rc == -EINVAL) {	/* opened past the cache, but the file system wants to be asked otherwise */
		close(disk->direct_fd);
		disk->direct_fd = -1;
		return write_cached(disk, offset, data, bytes);
	}
	if (rc == 0)
		rc = write_cached(disk, offset + head + middle, data + head + middle, bytes - head - middle);
	return rc;
}

static int write_zeros(struct disk *disk, uint64_t offset, uint64_t bytes)
{
	int rc = 0;

	while (rc == 0 && bytes > 0) {
		/* The first part ends where a page does, so that the others are whole ones. */
		uint64_t part = sizeof(zeros) - offset % disk->align_bytes;

		if (part > bytes)
			part = bytes;
		rc = disk_write_at(disk, offset, zeros, (size_t)part);
		offset += part;
		bytes -= part;
	}
	return rc;
}

/*
 * Whole sectors of zeros by the device. Punching a hole and not BLKDISCARD: what a discarded block
 * reads as is up to the device, while the kernel punches only where the device promises zeros and
 * refuses elsewhere. Then BLKZEROOUT makes zeros that take up room.
 */
static bool zero_by_device(struct disk *disk, uint64_t offset, uint64_t bytes)
{
	uint64_t range[2] = { offset, bytes };

	if (disk->zero_way == ZERO_DISCARD) {
		if (fallocate(disk->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes) == 0)
			return true;
		disk->zero_way = disk->block_device ? ZERO_DEVICE : ZERO_WRITE;
	}
	if (disk->zero_way == ZERO_DEVICE) {
		if (ioctl(disk->fd, BLKZEROOUT, range) == 0)
			return true;
		disk->zero_way = ZERO_WRITE;
	}
	return false;
}

/* Have zeros there. On failure failed_at says where. */
int disk_zero_at(struct disk *disk, uint64_t offset, uint64_t bytes)
{
	uint64_t head = -offset & (disk->sector_bytes - 1), middle;
	int rc;

	if (head > bytes)
		head = bytes;
	middle = (bytes - head) & ~(uint64_t)(disk->sector_bytes - 1);
	rc = write_zeros(disk, offset, head);
	if (rc == 0 && middle > 0 && !zero_by_device(disk, offset + head, middle))
		rc = write_zeros(disk, offset + head, middle);
	if (rc == 0)
		rc = write_zeros(disk, offset + head + middle, bytes - head - middle);
	return rc;
}

/*
 * Read what is there; `out` is aligned and has room for whole pages, offset begins one. Past the
 * cache where that is possible, so that it is the disk that answers. Returns 0, -errno, or -EIO
 * where the disk ends too early.
 */
int disk_read_at(struct disk *disk, uint64_t offset, uint8_t *out, size_t bytes)
{
	size_t mask = disk->align_bytes - 1, got = 0;
	int fd = disk->direct_fd >= 0 ? disk->direct_fd : disk->fd;

	while (got < bytes) {
		ssize_t n = pread(fd, out + got, ((bytes - got) + mask) & ~mask, (off_t)(offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			disk->failed_at = offset + got;
			return n < 0 ? -errno : -EIO;
		}
		got += (size_t)n;
		/* Past the cache only at a page's begin: the file ends in the middle of one, or the disk is odd. */
		if (got < bytes && (got & mask) != 0)
			fd = disk->fd;
	}
	return 0;
}

/* fsync is where a dying disk confesses. Returns 0 or -errno. */
int disk_flush(struct disk *disk)
{
	disk->dirty_from = disk->dirty_end;
	return fsync(disk->fd) < 0 ? -errno : 0;
}

/* Have the next read ask the disk. What was written is flushed already. */
void disk_drop_cache(struct disk *disk)
{
	if (disk->block_device)
		(void)ioctl(disk->fd, BLKFLSBUF);
	(void)posix_fadvise(disk->fd, 0, 0, POSIX_FADV_DONTNEED);
}

/*
 * Have the kernel look at the partition table. Whoever looks at a partition for a moment, such as
 * udev, makes it busy: then again, in up to so many attempts. Returns 0, also where there can be no
 * partitions, or -errno.
 */
int disk_reread_table(struct disk *disk, unsigned int attempts)
{
	if (!disk->block_device)
		return 0;
	while (attempts-- > 0) {
		if (ioctl(disk->fd, BLKRRPART) == 0 || errno == EINVAL)
			return 0;
		if (errno != EBUSY)
			return -errno;
		if (attempts > 0)
			(void)poll(NULL, 0, REREAD_PAUSE_MS);
	}
	return -EBUSY;
}

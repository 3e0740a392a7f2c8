/*
 * A disk, or a file that stands for one, written and read at offsets.
 *
 * Bytes go past the page cache where that is possible (O_DIRECT): the cache would take a node's
 * memory, which keeps chunks for others, and ten times the CPU. What is no whole page goes
 * through it. Used by one thread.
 */
#ifndef AGENT_DISK_H
#define AGENT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISK_ALIGN_BYTES = 4096 };	/* of memory that is handed over without another copy */

enum zero_way {
	ZERO_DISCARD,	/* the device forgets the blocks and promises zeros */
	ZERO_DEVICE,	/* the device, or the kernel for it, makes zeros */
	ZERO_WRITE,
};

struct disk {
	int fd;			/* through the page cache; exclusive when it is a block device */
	int direct_fd;		/* past it; -1: not possible */
	bool block_device;
	uint64_t bytes;
	uint32_t sector_bytes;	/* logical; 512 for a file */
	uint32_t align_bytes;	/* what offsets and sizes must be multiples of to go past the cache */
	uint8_t *bounce;
	enum zero_way zero_way;
	uint64_t dirty_from, dirty_end;	/* through the cache and not yet on its way to the disk; equal: nothing */
	uint64_t failed_at;	/* offset of the write or read that failed */
};

enum disk_fault { DISK_OK, DISK_NOT_FOUND, DISK_NOT_OPENED, DISK_NO_SIZE, DISK_NO_MEMORY };

enum disk_fault disk_open(struct disk *disk, const char *path);
void disk_forget(struct disk *disk);
int disk_close(struct disk *disk);

/* Each returns 0 or -errno. */
int disk_write_at(struct disk *disk, uint64_t offset, const uint8_t *data, size_t bytes);
int disk_zero_at(struct disk *disk, uint64_t offset, uint64_t bytes);
int disk_read_at(struct disk *disk, uint64_t offset, uint8_t *out, size_t bytes);
int disk_flush(struct disk *disk);
void disk_drop_cache(struct disk *disk);
int disk_reread_table(struct disk *disk, unsigned int attempts);

#endif

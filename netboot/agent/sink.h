/*
 * Where the raw stream of an image goes: unpacked by tar into a directory, onto a
 * disk, or nowhere. Used by one thread, in order; only sink_abort() may come from another.
 */
#ifndef AGENT_SINK_H
#define AGENT_SINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "disk.h"
#include "manifest.h"

enum { SINK_ERROR_BYTES = 1024, TAR_ERROR_BYTES = 512 };

/* A part of a disk's image that is kept back until the rest is on the disk. */
struct disk_edge {
	uint64_t offset;
	size_t bytes;
	uint8_t *data;
};

struct sink {
	enum sink_kind kind;
	char path[PATH_BYTES];
	atomic_bool aborted;
	char error[SINK_ERROR_BYTES];	/* a sentence, once something failed */

	struct disk disk;
	struct disk_edge head, tail;
	bool touched;		/* what was on the disk before is gone */

	int tar_fd;		/* its stdin */
	pthread_mutex_t tar_lock;	/* for tar_pid: it is signalled from another thread */
	pid_t tar_pid;		/* 0: not started, or its status was taken */
	int tar_error_fd;
	bool tar_ended;		/* it reads no more */
	size_t tar_error_used;
	char tar_error[TAR_ERROR_BYTES];	/* the end of what it said */
};

/* Each returns 0, or -errno with sink->error set. */
int sink_open(struct sink *sink, enum sink_kind kind, const char *path);
int sink_begin(struct sink *sink, const struct manifest *manifest);
int sink_write(struct sink *sink, uint64_t offset, const uint8_t *data, size_t bytes);
int sink_zeros(struct sink *sink, uint64_t offset, uint64_t bytes);
int sink_flush(struct sink *sink);
void sink_spoil(struct sink *sink);
int sink_finish(struct sink *sink);
void sink_abort(struct sink *sink);
void sink_close(struct sink *sink);

int sink_fail(struct sink *sink, int rc, const char *format, ...) __attribute__((format(printf, 3, 4)));
int archive_begin(struct sink *sink);
int archive_write(struct sink *sink, const uint8_t *data, size_t bytes);
int archive_flush(struct sink *sink);
void archive_kill(struct sink *sink);
int disk_sink_begin(struct sink *sink, uint64_t raw_bytes);
int disk_sink_write(struct sink *sink, uint64_t offset, const uint8_t *data, size_t bytes);
int disk_sink_zeros(struct sink *sink, uint64_t offset, uint64_t bytes);
int disk_sink_flush(struct sink *sink);
void disk_sink_spoil(struct sink *sink);
int disk_sink_finish(struct sink *sink);
void disk_sink_close(struct sink *sink);

#endif

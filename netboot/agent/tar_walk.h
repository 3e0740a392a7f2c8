/*
 * Walks a tar while its bytes stream by: what each member is, and its content as it is on the
 * disk later, holes included. Understands what GNU tar writes: ustar, GNU's long names
 * and sparse files, pax records (POSIX.1-2001) with GNU's three ways to keep sparse files.
 *
 * Memory is bounded whatever the archive holds.
 */
#ifndef AGENT_TAR_WALK_H
#define AGENT_TAR_WALK_H

#include "tar_header.h"

enum {
	TAR_PATH_BYTES = 4097,			/* no system call takes a longer one */
	TAR_COLLECTED_MAX_BYTES = 1 << 20,	/* names and records of one member */
	TAR_SEGMENTS_MAX = 1 << 20,
};

struct tar_entry {
	char type;		/* '0' file (sparse or not), '1' hard link, '2' symbolic link, '3' '4' device, '5' directory, '6' fifo; others */
	const char *path, *link;
	uint64_t bytes;		/* of a file, holes included */
	uint64_t mode, uid, gid, major, minor;
};

/* Called while the walk is fed. Texts and bytes are gone afterwards. data NULL: a hole. */
struct tar_events {
	void (*entry)(void *context, const struct tar_entry *entry);
	void (*attribute)(void *context, const char *name, const uint8_t *value, size_t value_bytes);	/* of the last entry */
	void (*data)(void *context, const uint8_t *data, uint64_t bytes);
	void (*end)(void *context);
};

enum tar_state { TAR_HEADER, TAR_MAP_BLOCK, TAR_COLLECT, TAR_MAP_TEXT, TAR_DATA, TAR_PADDING, TAR_ENDED, TAR_BROKEN, TAR_NO_MEMORY };

struct tar_walk {
	const struct tar_events *events;
	void *context;
	enum tar_state state;
	uint64_t offset;		/* in the archive */
	uint8_t block[TAR_BLOCK_BYTES];
	size_t block_used;
	uint64_t left_bytes, padding_bytes;	/* of the member */

	struct tar_header header;
	uint8_t *collected;
	size_t collected_bytes, collected_room;

	/* what special members said about the next one */
	char path[TAR_PATH_BYTES], link[TAR_PATH_BYTES];
	bool has_path, has_link, has_size, has_uid, has_gid, has_real_bytes, map_in_data;
	uint64_t size, uid, gid, real_bytes;
	uint8_t *records;		/* pax records of the member, for its attributes */
	size_t records_bytes;

	struct tar_segment *map;
	size_t map_count, map_room, map_at;
	bool sparse;
	uint64_t file_bytes, file_at;	/* of the file that comes out */
	uint64_t text_number, text_count, text_wanted;	/* of a map in the data */
	bool text_digit;
};

void tar_walk_open(struct tar_walk *walk, const struct tar_events *events, void *context);
void tar_walk_feed(struct tar_walk *walk, const uint8_t *data, size_t bytes);
void tar_walk_close(struct tar_walk *walk);

#endif

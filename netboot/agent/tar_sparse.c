#include "tar_sparse.h"

#include <stdlib.h>
#include <string.h>

/* In order and without overlap, or the archive is not sane. */
bool tar_sparse_add(struct tar_walk *walk, struct tar_segment segment)
{
	const struct tar_segment *last = walk->map_count > 0 ? &walk->map[walk->map_count - 1] : NULL;

	if (segment.bytes > UINT64_MAX >> 1 || segment.offset > UINT64_MAX >> 1 ||
	    (last != NULL && segment.offset < last->offset + last->bytes) || walk->map_count == TAR_SEGMENTS_MAX)
		return false;
	if (walk->map_count == walk->map_room) {
		size_t room = walk->map_room * 2 + 16;
		struct tar_segment *larger = realloc(walk->map, room * sizeof(*larger));

		if (larger == NULL)
			return false;
		walk->map = larger;
		walk->map_room = room;
	}
	walk->map[walk->map_count++] = segment;
	return true;
}

/* GNU's sparse files 0.0: offsets and sizes in records of their own. */
bool tar_sparse_offset(struct tar_walk *walk, uint64_t offset)
{
	return tar_sparse_add(walk, (struct tar_segment){ .offset = offset });
}

bool tar_sparse_bytes(struct tar_walk *walk, uint64_t bytes)
{
	if (walk->map_count == 0 || bytes > UINT64_MAX >> 1)
		return false;
	walk->map[walk->map_count - 1].bytes = bytes;
	return true;
}

/* 0.1: all of them in one record, with commas. */
bool tar_sparse_map(struct tar_walk *walk, const uint8_t *text, size_t bytes)
{
	bool size_next = false;

	while (bytes > 0) {
		const uint8_t *comma = memchr(text, ',', bytes);
		size_t part = comma == NULL ? bytes : (size_t)(comma - text);
		uint64_t number;

		if (!tar_decimal(text, part, &number) || !(size_next ? tar_sparse_bytes(walk, number) : tar_sparse_offset(walk, number)))
			return false;
		size_next = !size_next;
		text += part;
		bytes -= part;
		if (bytes > 0) {
			text++;
			bytes--;
		}
	}
	return !size_next;
}

/* The next byte of a map in the data: how many segments, then offset and size of each, a line each. False: malformed. */
bool tar_sparse_map_byte(struct tar_walk *walk, uint8_t byte)
{
	uint64_t number = walk->text_number;

	if (byte >= '0' && byte <= '9' && number < (UINT64_MAX >> 1) / 10 - 1) {
		walk->text_number = number * 10 + (uint64_t)(byte - '0');
		walk->text_digit = true;
		return true;
	}
	if (byte != '\n' || !walk->text_digit)
		return false;
	walk->text_number = 0;
	walk->text_digit = false;
	if (walk->text_count++ == 0) {
		if (number > TAR_SEGMENTS_MAX)
			return false;
		walk->text_wanted = 1 + 2 * number;
		return true;
	}
	return walk->text_count % 2 == 0 ? tar_sparse_offset(walk, number) : tar_sparse_bytes(walk, number);
}

/* How many of the next bytes lie together in the file, after the hole before them was told. */
uint64_t tar_sparse_together(struct tar_walk *walk)
{
	while (walk->map_at < walk->map_count) {
		uint64_t from = walk->map[walk->map_at].offset, end = from + walk->map[walk->map_at].bytes;

		if (from > walk->file_at) {
			walk->events->data(walk->context, NULL, from - walk->file_at);
			walk->file_at = from;
		}
		if (end > walk->file_at)
			return end - walk->file_at;
		walk->map_at++;
	}
	return 0;
}

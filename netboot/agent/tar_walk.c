#include "tar_walk.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "tar_pax.h"
#include "tar_sparse.h"

void tar_walk_open(struct tar_walk *walk, const struct tar_events *events, void *context)
{
	memset(walk, 0, sizeof(*walk));
	walk->events = events;
	walk->context = context;
}

void tar_walk_close(struct tar_walk *walk)
{
	free(walk->collected);
	free(walk->records);
	free(walk->map);
	walk->collected = walk->records = NULL;
	walk->map = NULL;
}

/* The next member has nothing of this one. */
static void forget_member(struct tar_walk *walk)
{
	walk->has_path = walk->has_link = walk->has_size = walk->has_uid = walk->has_gid = false;
	walk->has_real_bytes = walk->map_in_data = walk->sparse = false;
	walk->map_count = walk->map_at = 0;
	walk->records_bytes = 0;
}

static bool add_segments(struct tar_walk *walk, const struct tar_segment *segments, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!tar_sparse_add(walk, segments[i]))
			return false;
	return true;
}

static void begin_data(struct tar_walk *walk);

/* The member is known, its map of holes too: tell it. */
static void begin_member(struct tar_walk *walk)
{
	struct tar_entry entry = {
		.type = walk->header.type == 'S' ? '0' : walk->header.type,
		.path = walk->has_path ? walk->path : walk->header.path,
		.link = walk->has_link ? walk->link : walk->header.link,
		.mode = walk->header.mode,
		.uid = walk->has_uid ? walk->uid : walk->header.uid,
		.gid = walk->has_gid ? walk->gid : walk->header.gid,
		.major = walk->header.major,
		.minor = walk->header.minor,
	};

	if (walk->has_real_bytes)
		walk->file_bytes = walk->real_bytes;
	entry.bytes = walk->file_bytes;
	walk->file_at = 0;
	walk->events->entry(walk->context, &entry);
	tar_pax_attributes(walk);
	begin_data(walk);
}

static void end_member(struct tar_walk *walk)
{
	if (walk->file_at < walk->file_bytes && walk->sparse)
		walk->events->data(walk->context, NULL, walk->file_bytes - walk->file_at);
	walk->events->end(walk->context);
	forget_member(walk);
	walk->state = TAR_PADDING;
}

static void begin_data(struct tar_walk *walk)
{
	walk->state = TAR_DATA;
	if (walk->left_bytes == 0)
		end_member(walk);
}

static bool is_special(char type)
{
	return type == 'L' || type == 'K' || type == 'x' || type == 'g';
}

static void take_special(struct tar_walk *walk)
{
	if (walk->left_bytes > TAR_COLLECTED_MAX_BYTES) {
		walk->state = TAR_BROKEN;
		return;
	}
	walk->collected_bytes = 0;
	walk->state = walk->left_bytes > 0 ? TAR_COLLECT : TAR_PADDING;
}

static void take_member(struct tar_walk *walk)
{
	struct tar_segment segments[TAR_MAP_IN_HEADER];
	bool more = false;
	size_t count;

	if (walk->has_size)
		walk->left_bytes = walk->size;
	if (walk->header.type == '1')	/* some archivers tell the size of what it is a link to */
		walk->left_bytes = 0;
	walk->padding_bytes = -walk->left_bytes & (TAR_BLOCK_BYTES - 1);
	walk->file_bytes = walk->header.type == '0' ? walk->left_bytes : 0;
	if (walk->header.type == 'S') {
		walk->sparse = true;
		if (!tar_map_of_header(walk->block, segments, &count, &walk->file_bytes, &more) ||
		    !add_segments(walk, segments, count)) {
			walk->state = TAR_BROKEN;
			return;
		}
	}
	if (more) {
		walk->state = TAR_MAP_BLOCK;
	} else if (walk->map_in_data) {
		walk->text_number = walk->text_count = 0;
		walk->text_wanted = 1;
		walk->text_digit = false;
		walk->state = TAR_MAP_TEXT;
	} else {
		begin_member(walk);
	}
}

static void take_header(struct tar_walk *walk)
{
	if (all_zero(walk->block, TAR_BLOCK_BYTES)) {
		walk->state = TAR_ENDED;	/* tar ends at the first, though there should be two */
		return;
	}
	if (!tar_header_parse(walk->block, &walk->header)) {
		walk->state = TAR_BROKEN;
		return;
	}
	walk->left_bytes = walk->header.data_bytes;
	walk->padding_bytes = -walk->left_bytes & (TAR_BLOCK_BYTES - 1);
	if (is_special(walk->header.type))
		take_special(walk);
	else
		take_member(walk);
}

static void take_map_block(struct tar_walk *walk)
{
	struct tar_segment segments[TAR_MAP_IN_BLOCK];
	bool more;
	size_t count;

	if (!tar_map_of_block(walk->block, segments, &count, &more) || !add_segments(walk, segments, count))
		walk->state = TAR_BROKEN;
	else if (!more)
		begin_member(walk);
}

static void take_block(struct tar_walk *walk)
{
	walk->block_used = 0;
	if (walk->state == TAR_HEADER)
		take_header(walk);
	else
		take_map_block(walk);
}

static bool collect(struct tar_walk *walk, const uint8_t *data, size_t bytes)
{
	if (walk->collected_bytes + bytes + 1 > walk->collected_room) {
		size_t room = walk->collected_bytes + bytes + 4096;
		uint8_t *larger = realloc(walk->collected, room);

		if (larger == NULL)
			return false;
		walk->collected = larger;
		walk->collected_room = room;
	}
	memcpy(walk->collected + walk->collected_bytes, data, bytes);
	walk->collected_bytes += bytes;
	walk->collected[walk->collected_bytes] = '\0';
	return true;
}

static size_t take_collected(struct tar_walk *walk, const uint8_t *data, size_t bytes)
{
	if (bytes > walk->left_bytes)
		bytes = (size_t)walk->left_bytes;
	if (!collect(walk, data, bytes)) {
		walk->state = TAR_NO_MEMORY;
		return 0;
	}
	walk->left_bytes -= bytes;
	if (walk->left_bytes == 0) {
		walk->state = TAR_PADDING;
		if (!tar_pax_take(walk))
			walk->state = TAR_BROKEN;
	}
	return bytes;
}

/* GNU's newest way: numbers in lines at the begin of the data, up to the end of a block. */
static size_t take_map_text(struct tar_walk *walk, const uint8_t *data, size_t bytes)
{
	size_t used = 0;

	while (used < bytes && walk->left_bytes > 0 && walk->text_count < walk->text_wanted) {
		if (!tar_sparse_map_byte(walk, data[used])) {
			walk->state = TAR_BROKEN;
			return used;
		}
		used++;
		walk->left_bytes--;
	}
	/* What is left of the member is a multiple of a block behind the map, but for the data's own end. */
	while (used < bytes && walk->text_count == walk->text_wanted && walk->left_bytes > 0 &&
	       (walk->offset + used) % TAR_BLOCK_BYTES != 0) {
		used++;
		walk->left_bytes--;
	}
	if (walk->text_count == walk->text_wanted &&
	    ((walk->offset + used) % TAR_BLOCK_BYTES == 0 || walk->left_bytes == 0))
		begin_member(walk);
	else if (walk->left_bytes == 0)
		walk->state = TAR_BROKEN;
	return used;
}

static size_t take_data(struct tar_walk *walk, const uint8_t *data, size_t bytes)
{
	if (bytes > walk->left_bytes)
		bytes = (size_t)walk->left_bytes;
	if (walk->sparse) {
		uint64_t together = tar_sparse_together(walk);

		if (together == 0) {
			walk->state = TAR_BROKEN;	/* more data than its map has room for */
			return 0;
		}
		if (bytes > together)
			bytes = (size_t)together;
	}
	walk->events->data(walk->context, data, bytes);
	walk->file_at += bytes;
	walk->left_bytes -= bytes;
	if (walk->left_bytes == 0)
		end_member(walk);
	return bytes;
}

static size_t take_padding(struct tar_walk *walk, size_t bytes)
{
	if (bytes > walk->padding_bytes)
		bytes = (size_t)walk->padding_bytes;
	walk->padding_bytes -= bytes;
	if (walk->padding_bytes == 0)
		walk->state = TAR_HEADER;
	return bytes;
}

static size_t fill_block(struct tar_walk *walk, const uint8_t *data, size_t bytes)
{
	if (bytes > TAR_BLOCK_BYTES - walk->block_used)
		bytes = TAR_BLOCK_BYTES - walk->block_used;
	memcpy(walk->block + walk->block_used, data, bytes);
	walk->block_used += bytes;
	return bytes;
}

/* The next bytes of the archive. After its end, or what is no archive, nothing happens any more. */
void tar_walk_feed(struct tar_walk *walk, const uint8_t *data, size_t bytes)
{
	while (walk->state < TAR_ENDED) {
		size_t used = 0;

		/* A state that needs no byte to be left is left at once. */
		if (walk->state == TAR_PADDING && walk->padding_bytes == 0)
			walk->state = TAR_HEADER;
		if (bytes == 0)
			return;
		switch (walk->state) {
		case TAR_COLLECT:
			used = take_collected(walk, data, bytes);
			break;
		case TAR_MAP_TEXT:
			used = take_map_text(walk, data, bytes);
			break;
		case TAR_DATA:
			used = take_data(walk, data, bytes);
			break;
		case TAR_PADDING:
			used = take_padding(walk, bytes);
			break;
		default:
			used = fill_block(walk, data, bytes);
			break;
		}
		walk->offset += used;
		data += used;
		bytes -= used;
		if (walk->block_used == TAR_BLOCK_BYTES)
			take_block(walk);
	}
}

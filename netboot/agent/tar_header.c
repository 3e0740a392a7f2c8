#include "tar_header.h"

#include <string.h>

/* Octal digits between spaces and NULs, or GNU's base 256. False: no number, or one above 63 bits. */
bool tar_number(const uint8_t *field, size_t field_bytes, uint64_t *out)
{
	uint64_t value = 0;
	size_t at = 0;

	if (field[0] == 0x80 || field[0] == 0xff) {
		if (field[0] == 0xff)
			return false;	/* negative */
		for (at = 1; at < field_bytes; at++) {
			if (value >> 55 != 0)
				return false;
			value = value << 8 | field[at];
		}
		*out = value;
		return true;
	}
	while (at < field_bytes && field[at] == ' ')
		at++;
	for (; at < field_bytes && field[at] >= '0' && field[at] <= '7'; at++)
		value = value << 3 | (uint64_t)(field[at] - '0');	/* 12 digits at most */
	for (; at < field_bytes; at++)
		if (field[at] != ' ' && field[at] != '\0')
			return false;
	*out = value;
	return true;
}

/* Digits, up to a point if there is one: times have fractions. */
bool tar_decimal(const uint8_t *at, size_t bytes, uint64_t *out)
{
	uint64_t value = 0;

	if (bytes == 0)
		return false;
	for (size_t i = 0; i < bytes && at[i] != '.'; i++) {
		if (at[i] < '0' || at[i] > '9' || value > (UINT64_MAX >> 1) / 10 - 1)
			return false;
		value = value * 10 + (uint64_t)(at[i] - '0');
	}
	*out = value;
	return true;
}

static bool sum_is_right(const uint8_t *block)
{
	uint64_t told, sum = 0;

	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
		sum += i >= 148 && i < 156 ? ' ' : block[i];
	return tar_number(block + 148, 8, &told) && told == sum;
}

static void copy_text(char *out, const uint8_t *field, size_t field_bytes)
{
	size_t bytes = strnlen((const char *)field, field_bytes);

	memcpy(out, field, bytes);
	out[bytes] = '\0';
}

/* ustar's prefix; GNU's header has other things there. */
static void copy_path(const uint8_t *block, struct tar_header *out)
{
	size_t used = 0;

	if (memcmp(block + 257, "ustar\0", 6) == 0 && block[345] != '\0') {
		copy_text(out->path, block + 345, 155);
		used = strlen(out->path);
		out->path[used++] = '/';
	}
	copy_text(out->path + used, block, 100);
}

/* A v7 tar knows a directory by the slash at its end. */
static char type_of(const uint8_t *block, const char *path)
{
	size_t bytes = strlen(path);
	char type = (char)block[156];

	if (type == '\0' || type == '7')
		type = '0';
	return type == '0' && bytes > 0 && path[bytes - 1] == '/' ? '5' : type;
}

/* False: the block is no header; *out then has no meaning. */
bool tar_header_parse(const uint8_t *block, struct tar_header *out)
{
	memset(out, 0, sizeof(*out));
	if (!sum_is_right(block) || !tar_number(block + 124, 12, &out->data_bytes))
		return false;
	if (!tar_number(block + 100, 8, &out->mode) || !tar_number(block + 108, 8, &out->uid) ||
	    !tar_number(block + 116, 8, &out->gid))
		return false;
	copy_path(block, out);
	copy_text(out->link, block + 157, 100);
	out->type = type_of(block, out->path);
	if (out->type != '3' && out->type != '4')
		return true;
	return tar_number(block + 329, 8, &out->major) && tar_number(block + 337, 8, &out->minor);
}

/* Pairs of 12-byte numbers up to the first empty one. */
static bool read_map(const uint8_t *at, size_t room, struct tar_segment *out, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < room && at[24 * i] != '\0'; i++) {
		if (!tar_number(at + 24 * i, 12, &out[i].offset) || !tar_number(at + 24 * i + 12, 12, &out[i].bytes))
			return false;
		++*count;
	}
	return true;
}

bool tar_map_of_header(const uint8_t *block, struct tar_segment out[static TAR_MAP_IN_HEADER], size_t *count,
		       uint64_t *real_bytes, bool *more)
{
	*more = block[482] != 0;
	return read_map(block + 386, TAR_MAP_IN_HEADER, out, count) && tar_number(block + 483, 12, real_bytes);
}

bool tar_map_of_block(const uint8_t *block, struct tar_segment out[static TAR_MAP_IN_BLOCK], size_t *count, bool *more)
{
	*more = block[504] != 0;
	return read_map(block, TAR_MAP_IN_BLOCK, out, count);
}

#include "tar_pax.h"

#include <stdlib.h>
#include <string.h>

#include "tar_sparse.h"

/* One "LENGTH KEY=VALUE\n". */
struct record {
	const uint8_t *key, *value;
	size_t key_bytes, value_bytes;
};

static bool starts(const struct record *record, const char *word)
{
	size_t bytes = strlen(word);

	return record->key_bytes >= bytes && memcmp(record->key, word, bytes) == 0;
}

static bool is(const struct record *record, const char *word)
{
	return record->key_bytes == strlen(word) && starts(record, word);
}

/* The next record in *at[0 .. *left). False: malformed. */
static bool next_record(const uint8_t **at, size_t *left, struct record *out)
{
	const uint8_t *start = *at, *space = memchr(start, ' ', *left), *equals;
	uint64_t bytes;

	if (space == NULL || !tar_decimal(start, (size_t)(space - start), &bytes) || bytes > *left ||
	    bytes < (uint64_t)(space - start) + 3 || start[bytes - 1] != '\n')
		return false;
	equals = memchr(space + 1, '=', (size_t)(start + bytes - (space + 1)));
	if (equals == NULL)
		return false;
	*out = (struct record){
		.key = space + 1, .key_bytes = (size_t)(equals - (space + 1)),
		.value = equals + 1, .value_bytes = (size_t)(start + bytes - 1 - (equals + 1)),
	};
	*at += bytes;
	*left -= (size_t)bytes;
	return true;
}

/* False: longer than any system call takes. */
static bool keep_name(char out[static TAR_PATH_BYTES], bool *has, const uint8_t *text, size_t bytes)
{
	bytes = strnlen((const char *)text, bytes);
	if (bytes >= TAR_PATH_BYTES)
		return false;
	memcpy(out, text, bytes);
	out[bytes] = '\0';
	*has = true;
	return true;
}

static bool take_sparse(struct tar_walk *walk, const struct record *record)
{
	uint64_t number = 0;

	walk->sparse = true;
	if (is(record, "GNU.sparse.name"))
		return keep_name(walk->path, &walk->has_path, record->value, record->value_bytes);
	if (is(record, "GNU.sparse.map"))
		return tar_sparse_map(walk, record->value, record->value_bytes);
	if (!tar_decimal(record->value, record->value_bytes, &number))
		return false;
	if (is(record, "GNU.sparse.major"))
		walk->map_in_data = number == 1;
	if (is(record, "GNU.sparse.offset"))
		return tar_sparse_offset(walk, number);
	if (is(record, "GNU.sparse.numbytes"))
		return tar_sparse_bytes(walk, number);
	if (is(record, "GNU.sparse.realsize") || is(record, "GNU.sparse.size")) {
		walk->has_real_bytes = true;
		walk->real_bytes = number;
	}
	return true;
}

static bool take_number(const struct record *record, bool *has, uint64_t *out)
{
	*has = tar_decimal(record->value, record->value_bytes, out);
	return *has;
}

static bool take_record(struct tar_walk *walk, const struct record *record)
{
	if (starts(record, "GNU.sparse."))
		return take_sparse(walk, record);
	if (is(record, "path"))	/* of a sparse file it is a name for others than GNU tar */
		return walk->sparse || keep_name(walk->path, &walk->has_path, record->value, record->value_bytes);
	if (is(record, "linkpath"))
		return keep_name(walk->link, &walk->has_link, record->value, record->value_bytes);
	if (is(record, "size"))
		return take_number(record, &walk->has_size, &walk->size);
	if (is(record, "uid"))
		return take_number(record, &walk->has_uid, &walk->uid);
	if (is(record, "gid"))
		return take_number(record, &walk->has_gid, &walk->gid);
	return true;
}

/* The records stay for tar_pax_attributes(), which comes when the member is known. */
static bool take_records(struct tar_walk *walk)
{
	const uint8_t *at = walk->collected;
	size_t left = walk->collected_bytes;
	struct record record;

	free(walk->records);
	walk->records = walk->collected;
	walk->records_bytes = walk->collected_bytes;
	walk->collected = NULL;
	walk->collected_room = 0;
	while (left > 0)
		if (!next_record(&at, &left, &record) || !take_record(walk, &record))
			return false;
	return true;
}

/* Tell the extended attributes of the member that was just told. */
void tar_pax_attributes(struct tar_walk *walk)
{
	static const char prefix[] = "SCHILY.xattr.";
	enum { PREFIX_BYTES = sizeof(prefix) - 1, NAME_MAX_BYTES = 255 };
	const uint8_t *at = walk->records;
	size_t left = walk->records_bytes;
	char name[NAME_MAX_BYTES + 1];
	struct record record;

	while (left > 0 && next_record(&at, &left, &record)) {
		size_t bytes = record.key_bytes - PREFIX_BYTES;

		if (!starts(&record, prefix) || bytes == 0 || bytes > NAME_MAX_BYTES)
			continue;
		memcpy(name, record.key + PREFIX_BYTES, bytes);
		name[bytes] = '\0';
		walk->events->attribute(walk->context, name, record.value, record.value_bytes);
	}
}

/* A special member is whole. False: malformed. */
bool tar_pax_take(struct tar_walk *walk)
{
	switch (walk->header.type) {
	case 'L':
		return keep_name(walk->path, &walk->has_path, walk->collected, walk->collected_bytes);
	case 'K':
		return keep_name(walk->link, &walk->has_link, walk->collected, walk->collected_bytes);
	case 'x':
		return walk->collected_bytes == 0 || take_records(walk);
	default:
		return true;	/* 'g': comments, mostly */
	}
}

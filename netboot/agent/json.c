#include "json.h"

#include <errno.h>
#include <string.h>

#include "json_scan.h"

/*
 * Check that text is one JSON value, at most JSON_DEPTH_MAX levels deep, and nothing else.
 * Returns 0 and fills *out, or -EBADMSG and leaves it alone.
 */
int json_check(const char *text, size_t text_bytes, struct json *out)
{
	struct json_cursor c = { text, text + text_bytes };
	const char *start;
	struct json value;

	json_skip_space(&c);
	start = c.at;
	if (json_skip_value(&c, 0) < 0)
		return -EBADMSG;
	value = (struct json){ start, (size_t)(c.at - start) };
	json_skip_space(&c);
	if (c.at != c.end)
		return -EBADMSG;
	*out = value;
	return 0;
}

/* Begin to walk an array or object; -EBADMSG when it is neither. */
int json_walk(struct json container, struct json_walk *out)
{
	if (container.bytes < 2 || (*container.at != '{' && *container.at != '['))
		return -EBADMSG;
	*out = (struct json_walk){
		.at = container.at + 1,
		.end = container.at + container.bytes - 1,
		.object = *container.at == '{',
		.first = true,
	};
	return 0;
}

/* The next item; *name is filled for objects only. False at the end. */
bool json_next(struct json_walk *walk, struct json *name, struct json *value)
{
	struct json_cursor c = { walk->at, walk->end };
	const char *start;

	json_skip_space(&c);
	if (!walk->first && !json_take(&c, ','))
		return false;
	json_skip_space(&c);
	if (walk->object) {
		start = c.at;
		if (json_skip_string(&c) < 0)
			return false;
		*name = (struct json){ start, (size_t)(c.at - start) };
		json_skip_space(&c);
		if (!json_take(&c, ':'))
			return false;
		json_skip_space(&c);
	}
	start = c.at;
	if (json_skip_value(&c, 0) < 0)
		return false;
	*value = (struct json){ start, (size_t)(c.at - start) };
	walk->at = c.at;
	walk->first = false;
	return true;
}

static bool text_equals(struct json text, const char *wanted)
{
	struct json_cursor c = { text.at + 1, text.at + text.bytes };
	char character[4];
	size_t bytes;

	for (;;) {
		if (json_take_character(&c, character, &bytes) < 0)
			return false;
		if (bytes == 0)
			return *wanted == '\0';
		if (strncmp(wanted, character, bytes) != 0 || memchr(character, 0, bytes) != NULL)
			return false;
		wanted += bytes;
	}
}

/* Returns 0 and fills *out, -ENOENT when there is no such member, -EBADMSG when object is not one. */
int json_member(struct json object, const char *name, struct json *out)
{
	struct json member, value;
	struct json_walk walk;
	int rc = -ENOENT;

	if (json_walk(object, &walk) < 0 || !walk.object)
		return -EBADMSG;
	while (json_next(&walk, &member, &value)) {
		if (!text_equals(member, name))
			continue;
		*out = value;
		rc = 0;
	}
	return rc;
}

bool json_is_text(struct json value)
{
	return value.bytes >= 2 && *value.at == '"';
}

/*
 * Decode a string into out with a NUL behind it. A decoded string is never longer than its
 * text, so value.bytes is always room enough. Returns the length, or -EBADMSG when value is
 * no string or holds a NUL, -ERANGE when it does not fit; then what out holds has no meaning.
 */
int json_text(struct json value, char *out, size_t out_bytes)
{
	struct json_cursor c = { value.at + 1, value.at + value.bytes };
	char character[4];
	size_t used = 0, bytes;

	if (!json_is_text(value))
		return -EBADMSG;
	for (;;) {
		if (json_take_character(&c, character, &bytes) < 0)
			return -EBADMSG;
		if (bytes > 0 && character[0] == '\0')
			return -EBADMSG;
		if (out_bytes - used <= bytes)
			return -ERANGE;
		if (bytes == 0)
			break;
		memcpy(out + used, character, bytes);
		used += bytes;
	}
	out[used] = '\0';
	return (int)used;
}

/* A whole number from 0 to max, written in digits only. Returns 0 or -EBADMSG, *out then untouched. */
int json_uint(struct json value, uint64_t max, uint64_t *out)
{
	uint64_t number = 0;

	if (value.bytes == 0)
		return -EBADMSG;
	for (size_t i = 0; i < value.bytes; i++) {
		uint64_t digit;

		if (value.at[i] < '0' || value.at[i] > '9')
			return -EBADMSG;
		digit = (uint64_t)(value.at[i] - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return -EBADMSG;
		number = number * 10 + digit;
	}
	if (number > max)
		return -EBADMSG;
	*out = number;
	return 0;
}

bool json_is_null(struct json value)
{
	return value.bytes == 4 && memcmp(value.at, "null", 4) == 0;
}

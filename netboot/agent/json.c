#include "json.h"

#include <errno.h>
#include <string.h>

#include "utf8.h"

struct cursor {
	const char *at, *end;
};

static int skip_value(struct cursor *c, unsigned int depth);

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
		c->at++;
}

static bool take(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* Four hex digits of a \u escape. */
static int take_u16(struct cursor *c, uint32_t *out)
{
	uint32_t value = 0;

	if (c->end - c->at < 4)
		return -EBADMSG;
	for (int i = 0; i < 4; i++) {
		char d = *c->at++;

		if (d >= '0' && d <= '9')
			value = value << 4 | (uint32_t)(d - '0');
		else if ((d | 32) >= 'a' && (d | 32) <= 'f')
			value = value << 4 | (uint32_t)((d | 32) - 'a' + 10);
		else
			return -EBADMSG;
	}
	*out = value;
	return 0;
}

/* What follows a backslash, as UTF-8. A surrogate without its other half is refused. */
static int take_escape(struct cursor *c, char out[static 4], size_t *out_bytes)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *simple;
	uint32_t code, low;

	if (c->at == c->end)
		return -EBADMSG;
	if (*c->at != 'u') {
		simple = *c->at == '\0' ? NULL : strchr(from, *c->at);
		if (simple == NULL)
			return -EBADMSG;
		c->at++;
		out[0] = to[simple - from];
		*out_bytes = 1;
		return 0;
	}
	c->at++;
	if (take_u16(c, &code) < 0 || (code >= 0xdc00 && code <= 0xdfff))
		return -EBADMSG;
	if (code >= 0xd800 && code <= 0xdbff) {
		if (!take(c, '\\') || !take(c, 'u') || take_u16(c, &low) < 0 || low < 0xdc00 || low > 0xdfff)
			return -EBADMSG;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	*out_bytes = utf8_put(code, out);
	return 0;
}

/* The next character of a string, the opening quote being behind; *out_bytes is 0 at the closing quote. */
static int take_character(struct cursor *c, char out[static 4], size_t *out_bytes)
{
	size_t bytes;

	if (c->at == c->end || (uint8_t)*c->at < 0x20)
		return -EBADMSG;
	if (take(c, '"')) {
		*out_bytes = 0;
		return 0;
	}
	if (take(c, '\\'))
		return take_escape(c, out, out_bytes);
	bytes = utf8_sequence(c->at, (size_t)(c->end - c->at));
	if (bytes == 0)
		return -EBADMSG;
	memcpy(out, c->at, bytes);
	c->at += bytes;
	*out_bytes = bytes;
	return 0;
}

static int skip_string(struct cursor *c)
{
	char character[4];
	size_t bytes;

	if (!take(c, '"'))
		return -EBADMSG;
	do {
		if (take_character(c, character, &bytes) < 0)
			return -EBADMSG;
	} while (bytes > 0);
	return 0;
}

static int skip_digits(struct cursor *c)
{
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at == start ? -EBADMSG : 0;
}

static int skip_number(struct cursor *c)
{
	(void)take(c, '-');
	if (!take(c, '0') && skip_digits(c) < 0)
		return -EBADMSG;
	if (take(c, '.') && skip_digits(c) < 0)
		return -EBADMSG;
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			(void)take(c, '-');
		return skip_digits(c);
	}
	return 0;
}

static int skip_word(struct cursor *c, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(c->end - c->at) < bytes || memcmp(c->at, word, bytes) != 0)
		return -EBADMSG;
	c->at += bytes;
	return 0;
}

/* An array or an object, from its bracket to the one that closes it. */
static int skip_container(struct cursor *c, unsigned int depth)
{
	bool object = *c->at++ == '{';
	char closing = object ? '}' : ']';

	if (depth >= JSON_DEPTH_MAX)
		return -EBADMSG;
	skip_space(c);
	if (take(c, closing))
		return 0;
	for (;;) {
		skip_space(c);
		if (object) {
			if (skip_string(c) < 0)
				return -EBADMSG;
			skip_space(c);
			if (!take(c, ':'))
				return -EBADMSG;
			skip_space(c);
		}
		if (skip_value(c, depth + 1) < 0)
			return -EBADMSG;
		skip_space(c);
		if (take(c, closing))
			return 0;
		if (!take(c, ','))
			return -EBADMSG;
	}
}

static int skip_value(struct cursor *c, unsigned int depth)
{
	if (c->at == c->end)
		return -EBADMSG;
	switch (*c->at) {
	case '{':
	case '[':
		return skip_container(c, depth);
	case '"':
		return skip_string(c);
	case 't':
		return skip_word(c, "true");
	case 'f':
		return skip_word(c, "false");
	case 'n':
		return skip_word(c, "null");
	default:
		return skip_number(c);
	}
}

/*
 * Check that text is one JSON value, at most JSON_DEPTH_MAX levels deep, and nothing else.
 * Returns 0 and fills *out, or -EBADMSG and leaves it alone.
 */
int json_check(const char *text, size_t text_bytes, struct json *out)
{
	struct cursor c = { text, text + text_bytes };
	const char *start;
	struct json value;

	skip_space(&c);
	start = c.at;
	if (skip_value(&c, 0) < 0)
		return -EBADMSG;
	value = (struct json){ start, (size_t)(c.at - start) };
	skip_space(&c);
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
	struct cursor c = { walk->at, walk->end };
	const char *start;

	skip_space(&c);
	if (!walk->first && !take(&c, ','))
		return false;
	skip_space(&c);
	if (walk->object) {
		start = c.at;
		if (skip_string(&c) < 0)
			return false;
		*name = (struct json){ start, (size_t)(c.at - start) };
		skip_space(&c);
		if (!take(&c, ':'))
			return false;
		skip_space(&c);
	}
	start = c.at;
	if (skip_value(&c, 0) < 0)
		return false;
	*value = (struct json){ start, (size_t)(c.at - start) };
	walk->at = c.at;
	walk->first = false;
	return true;
}

static bool text_equals(struct json text, const char *wanted)
{
	struct cursor c = { text.at + 1, text.at + text.bytes };
	char character[4];
	size_t bytes;

	for (;;) {
		if (take_character(&c, character, &bytes) < 0)
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
	struct cursor c = { value.at + 1, value.at + value.bytes };
	char character[4];
	size_t used = 0, bytes;

	if (!json_is_text(value))
		return -EBADMSG;
	for (;;) {
		if (take_character(&c, character, &bytes) < 0)
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

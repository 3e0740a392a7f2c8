#include "json_scan.h"

#include <errno.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

void json_skip_space(struct json_cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
		c->at++;
}

/* Step over one character, if it is the wanted one. */
bool json_take(struct json_cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* Four hex digits of a \u escape. */
static int take_u16(struct json_cursor *c, uint32_t *out)
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
static int take_escape(struct json_cursor *c, char out[static 4], size_t *out_bytes)
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
		if (!json_take(c, '\\') || !json_take(c, 'u') || take_u16(c, &low) < 0 || low < 0xdc00 || low > 0xdfff)
			return -EBADMSG;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	*out_bytes = utf8_put(code, out);
	return 0;
}

/* The next character of a string, the opening quote being behind; *out_bytes is 0 at the closing quote. */
int json_take_character(struct json_cursor *c, char out[static 4], size_t *out_bytes)
{
	size_t bytes;

	if (c->at == c->end || (uint8_t)*c->at < 0x20)
		return -EBADMSG;
	if (json_take(c, '"')) {
		*out_bytes = 0;
		return 0;
	}
	if (json_take(c, '\\'))
		return take_escape(c, out, out_bytes);
	bytes = utf8_sequence(c->at, (size_t)(c->end - c->at));
	if (bytes == 0)
		return -EBADMSG;
	memcpy(out, c->at, bytes);
	c->at += bytes;
	*out_bytes = bytes;
	return 0;
}

int json_skip_string(struct json_cursor *c)
{
	char character[4];
	size_t bytes;

	if (!json_take(c, '"'))
		return -EBADMSG;
	do {
		if (json_take_character(c, character, &bytes) < 0)
			return -EBADMSG;
	} while (bytes > 0);
	return 0;
}

static int skip_digits(struct json_cursor *c)
{
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at == start ? -EBADMSG : 0;
}

static int skip_number(struct json_cursor *c)
{
	(void)json_take(c, '-');
	if (!json_take(c, '0') && skip_digits(c) < 0)
		return -EBADMSG;
	if (json_take(c, '.') && skip_digits(c) < 0)
		return -EBADMSG;
	if (json_take(c, 'e') || json_take(c, 'E')) {
		if (!json_take(c, '+'))
			(void)json_take(c, '-');
		return skip_digits(c);
	}
	return 0;
}

static int skip_word(struct json_cursor *c, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(c->end - c->at) < bytes || memcmp(c->at, word, bytes) != 0)
		return -EBADMSG;
	c->at += bytes;
	return 0;
}

/* An array or an object, from its bracket to the one that closes it. */
static int skip_container(struct json_cursor *c, unsigned int depth)
{
	bool object = *c->at++ == '{';
	char closing = object ? '}' : ']';

	if (depth >= JSON_DEPTH_MAX)
		return -EBADMSG;
	json_skip_space(c);
	if (json_take(c, closing))
		return 0;
	for (;;) {
		json_skip_space(c);
		if (object) {
			if (json_skip_string(c) < 0)
				return -EBADMSG;
			json_skip_space(c);
			if (!json_take(c, ':'))
				return -EBADMSG;
			json_skip_space(c);
		}
		if (json_skip_value(c, depth + 1) < 0)
			return -EBADMSG;
		json_skip_space(c);
		if (json_take(c, closing))
			return 0;
		if (!json_take(c, ','))
			return -EBADMSG;
	}
}

/* Step over one value of any kind. Returns 0 or -EBADMSG. */
int json_skip_value(struct json_cursor *c, unsigned int depth)
{
	if (c->at == c->end)
		return -EBADMSG;
	switch (*c->at) {
	case '{':
	case '[':
		return skip_container(c, depth);
	case '"':
		return json_skip_string(c);
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

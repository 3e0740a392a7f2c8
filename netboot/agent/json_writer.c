#include "json_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hex.h"
#include "utf8.h"

static void put(struct json_writer *w, const char *text, size_t bytes)
{
	if (w->full || w->out_bytes - w->used < bytes) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->used, text, bytes);
	w->used += bytes;
}

/* One character of a string. Bytes that are not UTF-8 (firmware tables hold anything) become U+FFFD. */
static size_t put_character(struct json_writer *w, const char *at, size_t left)
{
	size_t bytes = utf8_sequence(at, left);
	char escaped[8];

	if (bytes == 0) {
		put(w, "\xef\xbf\xbd", 3);
		return 1;
	}
	if (*at == '"' || *at == '\\') {
		escaped[0] = '\\';
		escaped[1] = *at;
		put(w, escaped, 2);
	} else if ((uint8_t)*at < 0x20 || *at == 0x7f) {
		snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned int)*at);
		put(w, escaped, 6);
	} else {
		put(w, at, bytes);
	}
	return bytes;
}

static void put_string(struct json_writer *w, const char *text)
{
	size_t left = strlen(text);

	put(w, "\"", 1);
	while (left > 0) {
		size_t bytes = put_character(w, text, left);

		text += bytes;
		left -= bytes;
	}
	put(w, "\"", 1);
}

static void put_name(struct json_writer *w, const char *name)
{
	if (w->comma)
		put(w, ",", 1);
	w->comma = true;
	if (name == NULL)
		return;
	put_string(w, name);
	put(w, ":", 1);
}

void json_begin(struct json_writer *w, char *out, size_t out_bytes)
{
	*w = (struct json_writer){ .out = out, .out_bytes = out_bytes };
}

void json_open(struct json_writer *w, const char *name, char bracket)
{
	put_name(w, name);
	put(w, &bracket, 1);
	w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
	put(w, &bracket, 1);
	w->comma = true;
}

void json_put_text(struct json_writer *w, const char *name, const char *text)
{
	if (text == NULL) {
		json_put_null(w, name);
		return;
	}
	put_name(w, name);
	put_string(w, text);
}

void json_put_uint(struct json_writer *w, const char *name, uint64_t value)
{
	char digits[24];

	put_name(w, name);
	put(w, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, value));
}

void json_put_bool(struct json_writer *w, const char *name, bool value)
{
	put_name(w, name);
	put(w, value ? "true" : "false", value ? 4 : 5);
}

void json_put_null(struct json_writer *w, const char *name)
{
	put_name(w, name);
	put(w, "null", 4);
}

void json_put_hex(struct json_writer *w, const char *name, const uint8_t *bytes, size_t count)
{
	char pair[3];

	put_name(w, name);
	put(w, "\"", 1);
	for (size_t i = 0; i < count; i++) {
		hex_encode(bytes + i, 1, pair);
		put(w, pair, 2);
	}
	put(w, "\"", 1);
}

/* Returns 0 and the length of the text (no NUL), or -EMSGSIZE when something did not fit. */
int json_done(struct json_writer *w, size_t *bytes)
{
	if (w->full)
		return -EMSGSIZE;
	*bytes = w->used;
	return 0;
}

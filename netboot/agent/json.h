/*
 * JSON reader: looks things up in the text itself, so it allocates nothing.
 *
 * json_check() goes over the whole text once (grammar, UTF-8, depth); the other
 * functions take values that came out of it. A member given twice counts as
 * its last, as in JavaScript.
 */
#ifndef AGENT_JSON_H
#define AGENT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 64 };

/* One value: its text, from first to last byte. */
struct json {
	const char *at;
	size_t bytes;
};

/* Walks the items of an array or the members of an object. */
struct json_walk {
	const char *at, *end;
	bool object, first;
};

int json_check(const char *text, size_t text_bytes, struct json *out);
int json_member(struct json object, const char *name, struct json *out);
int json_walk(struct json container, struct json_walk *out);
bool json_next(struct json_walk *walk, struct json *name, struct json *value);
int json_text(struct json value, char *out, size_t out_bytes);
int json_uint(struct json value, uint64_t max, uint64_t *out);
bool json_is_null(struct json value);
bool json_is_text(struct json value);

#endif

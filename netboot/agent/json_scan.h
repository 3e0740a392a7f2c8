/* The grammar of JSON (RFC 8259), one step at a time over text that may be anything. For json.c. */
#ifndef AGENT_JSON_SCAN_H
#define AGENT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct json_cursor {
	const char *at, *end;
};

void json_skip_space(struct json_cursor *c);
bool json_take(struct json_cursor *c, char wanted);
int json_take_character(struct json_cursor *c, char out[static 4], size_t *out_bytes);
int json_skip_string(struct json_cursor *c);
int json_skip_value(struct json_cursor *c, unsigned int depth);

#endif

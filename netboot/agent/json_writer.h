/*
 * JSON writer into a buffer of the caller. What does not fit sets `full`
 * and is left out; json_done() then says so, and nothing half-written is sent.
 */
#ifndef AGENT_JSON_WRITER_H
#define AGENT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_writer {
	char *out;
	size_t out_bytes, used;
	bool full, comma;
};

/* name is NULL inside arrays; text NULL writes null. */
void json_begin(struct json_writer *w, char *out, size_t out_bytes);
void json_open(struct json_writer *w, const char *name, char bracket);
void json_close(struct json_writer *w, char bracket);
void json_put_text(struct json_writer *w, const char *name, const char *text);
void json_put_uint(struct json_writer *w, const char *name, uint64_t value);
void json_put_bool(struct json_writer *w, const char *name, bool value);
void json_put_null(struct json_writer *w, const char *name);
void json_put_hex(struct json_writer *w, const char *name, const uint8_t *bytes, size_t count);
int json_done(struct json_writer *w, size_t *bytes);

#endif

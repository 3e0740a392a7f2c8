/*
 * One output stream of a script. Connected, it is read only as fast as the appliance takes it
 * and nothing is dropped; without a connection the last OUTPUT_KEEP_BYTES are kept.
 */
#ifndef AGENT_RUN_OUTPUT_H
#define AGENT_RUN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outbox.h"

enum { OUTPUT_KEEP_BYTES = 64 * 1024 };

struct run_output {
	int fd;			/* our end of the pipe, does not block; -1: it ended */
	uint8_t type;		/* CONTROL_STDOUT or CONTROL_STDERR */
	bool waiting;		/* the outbox had no room */
	size_t kept;
	uint8_t keep[OUTPUT_KEEP_BYTES];
};

int output_open(struct run_output *output, int *child_fd);
void output_deliver(struct run_output *output, struct outbox *outbox, const char *id);
void output_read(struct run_output *output, size_t max_bytes);
size_t output_unread(const struct run_output *output);
void output_end(struct run_output *output);

#endif

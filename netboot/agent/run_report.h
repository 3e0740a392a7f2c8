/* What the appliance is told of a script that ended. */
#ifndef AGENT_RUN_REPORT_H
#define AGENT_RUN_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum { EXITED_BYTES = 4096 };

struct exit_report {
	int code, signal;	/* -1: null */
	bool timed_out;
	const char *error;	/* NULL: it was started */
};

size_t put_exited(const char *id, const struct exit_report *report, char out[static EXITED_BYTES]);

#endif

/* What a run request says, as the arrays that exec wants. */
#ifndef AGENT_RUN_REQUEST_H
#define AGENT_RUN_REQUEST_H

#include "control.h"

struct run_arrays {
	char *texts;		/* the memory of all strings */
	const char *script;
	size_t script_bytes;
	char **argv;		/* first the interpreter and the file, or only the file; then args */
	char **envp;		/* the request's, then what it does not replace of ours */
	char path[64];		/* of the script's file */
};

int run_arrays_make(const struct control_run *request, struct run_arrays *out);
void run_arrays_free(struct run_arrays *arrays);

#endif

/* Child processes in a group of their own. */
#ifndef AGENT_SPAWN_H
#define AGENT_SPAWN_H

#include <sys/types.h>

struct spawn_request {
	char *const *argv;
	char *const *envp;
	int input_fd, output_fd, error_fd;	/* -1: /dev/null */
	int search_path;			/* find argv[0] by PATH */
};

int spawn_write_script(const char *text, size_t text_bytes, char *path);
int spawn_process(const struct spawn_request *request, pid_t *pid);

#endif

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A child between fork and exec holds a copy of every descriptor, also of a script
 * that another thread is just writing, and then the kernel refuses to execute
 * that script (ETXTBSY). So files are written and children made one at a time.
 */
static pthread_mutex_t spawning = PTHREAD_MUTEX_INITIALIZER;

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t wrote = write(fd, text, bytes);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -errno;
		text += wrote;
		bytes -= (size_t)wrote;
	}
	return 0;
}

/* Write a script that only we can read (it may hold secrets). path is a template ending in XXXXXX. */
int spawn_write_script(const char *text, size_t text_bytes, char *path)
{
	int fd, rc;

	pthread_mutex_lock(&spawning);
	fd = mkostemp(path, O_CLOEXEC);
	rc = fd < 0 ? -errno : 0;
	if (rc == 0) {
		rc = write_all(fd, text, text_bytes);
		if (rc == 0 && fchmod(fd, 0700) < 0)
			rc = -errno;
		if (close(fd) < 0 && rc == 0)
			rc = -errno;
		if (rc < 0)
			unlink(path);
	}
	pthread_mutex_unlock(&spawning);
	return rc;
}

static void attach(posix_spawn_file_actions_t *actions, int fd, int as)
{
	if (fd < 0)
		posix_spawn_file_actions_addopen(actions, as, "/dev/null", O_RDWR, 0);
	else
		posix_spawn_file_actions_adddup2(actions, fd, as);
}

/* Start a process that leads its own group, with signals as a fresh process has them. Returns 0 or -errno. */
int spawn_process(const struct spawn_request *request, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawn_file_actions_init(&actions);
	attach(&actions, request->input_fd, STDIN_FILENO);
	attach(&actions, request->output_fd, STDOUT_FILENO);
	attach(&actions, request->error_fd, STDERR_FILENO);

	pthread_mutex_lock(&spawning);
	rc = (request->search_path ? posix_spawnp : posix_spawn)(pid, request->argv[0], &actions, &attributes,
								  request->argv, request->envp);
	pthread_mutex_unlock(&spawning);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -rc;
}

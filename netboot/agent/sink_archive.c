#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"
#include "sink.h"
#include "spawn.h"

enum { PIPE_BYTES = 1 << 20, FULL_BYTES = 1 << 20 };

static int make_pipes(int input[2], int errors[2])
{
	int rc;

	if (pipe2(input, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(errors, O_CLOEXEC) == 0)
		return 0;
	rc = -errno;
	close(input[0]);
	close(input[1]);
	return rc;
}

/* Start tar. GNU tar is found by PATH; what it says comes back in tar_error. */
int archive_begin(struct sink *sink)
{
	char *argv[] = {
		(char *)"tar", (char *)"-x", (char *)"-f", (char *)"-", (char *)"--numeric-owner", (char *)"--xattrs",
		(char *)"--xattrs-include=*", (char *)"--acls", (char *)"--sparse", (char *)"-p", (char *)"-C", sink->path, NULL,
	};
	struct spawn_request request = { .argv = argv, .envp = environ, .output_fd = -1, .search_path = 1 };
	int input[2], errors[2], rc;

	rc = make_pipes(input, errors);
	if (rc < 0)
		return sink_fail(sink, rc, "Cannot start tar: %s", strerror(-rc));
	fcntl(input[1], F_SETPIPE_SZ, PIPE_BYTES);	/* fewer switches; the default works as well */
	fcntl(input[1], F_SETFL, O_NONBLOCK);
	fcntl(errors[0], F_SETFL, O_NONBLOCK);
	request.input_fd = input[0];
	request.error_fd = errors[1];
	pthread_mutex_lock(&sink->tar_lock);
	rc = spawn_process(&request, &sink->tar_pid);
	if (rc < 0)
		sink->tar_pid = 0;
	else if (atomic_load(&sink->aborted))
		kill(-sink->tar_pid, SIGKILL);
	pthread_mutex_unlock(&sink->tar_lock);
	close(input[0]);
	close(errors[1]);
	sink->tar_fd = input[1];
	sink->tar_error_fd = errors[0];
	return rc < 0 ? sink_fail(sink, rc, "Cannot start tar: %s", strerror(-rc)) : 0;
}

/* Read what tar says, keeping the end of it. Closes our end when tar has closed its own. */
static void read_errors(struct sink *sink)
{
	char fresh[TAR_ERROR_BYTES / 2];
	ssize_t got;

	while ((got = read(sink->tar_error_fd, fresh, sizeof(fresh))) > 0) {
		size_t bytes = (size_t)got;

		if (sink->tar_error_used + bytes > sizeof(sink->tar_error)) {
			size_t drop = sink->tar_error_used + bytes - sizeof(sink->tar_error);

			sink->tar_error_used -= drop;
			memmove(sink->tar_error, sink->tar_error + drop, sink->tar_error_used);
		}
		memcpy(sink->tar_error + sink->tar_error_used, fresh, bytes);
		sink->tar_error_used += bytes;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	close(sink->tar_error_fd);
	sink->tar_error_fd = -1;
}

/* Wait until tar takes more or says something; fd -1: only the latter. */
static void wait_for_tar(struct sink *sink, int fd)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = sink->tar_error_fd, .events = POLLIN },
	};

	if (poll(fds, 2, -1) > 0 && fds[1].revents != 0)
		read_errors(sink);
}

/*
 * Hand tar more of the archive. Once tar has ended by itself only zeros may follow: archives are
 * padded, and how much of that tar reads is its own affair.
 */
int archive_write(struct sink *sink, const uint8_t *data, size_t bytes)
{
	while (bytes > 0 && !sink->tar_ended) {
		ssize_t wrote = write(sink->tar_fd, data, bytes);

		if (wrote >= 0) {
			data += wrote;
			bytes -= (size_t)wrote;
		} else if (errno == EAGAIN) {
			wait_for_tar(sink, sink->tar_fd);
		} else if (errno == EPIPE) {
			sink->tar_ended = true;
		} else if (errno != EINTR) {
			return sink_fail(sink, -errno, "Cannot feed tar: %s", strerror(errno));
		}
	}
	if (all_zero(data, bytes))
		return 0;
	(void)archive_flush(sink);	/* if tar failed, its own words are better */
	return sink_fail(sink, -EPIPE, "Cannot unpack into %.500s: tar ended before the archive did", sink->path);
}

/* See that all that tar wrote is on the disk: syncfs is where a dying disk confesses. */
static int sync_directory(struct sink *sink)
{
	int fd = open(sink->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return sink_fail(sink, -errno, "Cannot open %.500s: %s", sink->path, strerror(errno));
	if (syncfs(fd) < 0)
		rc = sink_fail(sink, -errno, "Cannot write %.500s to disk: %s", sink->path, strerror(errno));
	close(fd);
	return rc;
}

/* tar does not always say that it is this: of a write that was cut short it says how far it came, not why. */
static bool is_full(const char *path)
{
	struct statvfs room;

	return statvfs(path, &room) == 0 &&
	       ((uint64_t)room.f_bavail * room.f_frsize < FULL_BYTES || (room.f_files > 0 && room.f_favail == 0));
}

/* End of the archive: wait for tar and for the disk. */
int archive_flush(struct sink *sink)
{
	const char *how;
	siginfo_t status;
	size_t end;

	close(sink->tar_fd);
	sink->tar_fd = -1;
	while (sink->tar_error_fd >= 0)
		wait_for_tar(sink, -1);
	/* Left a zombie until the lock is held: sink_abort() must not signal a number that is somebody else's. */
	while (waitid(P_PID, (id_t)sink->tar_pid, &status, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&sink->tar_lock);
	(void)waitpid(sink->tar_pid, NULL, 0);
	sink->tar_pid = 0;
	pthread_mutex_unlock(&sink->tar_lock);
	if (atomic_load(&sink->aborted))
		return sink_fail(sink, -ECANCELED, "Killed");
	if (status.si_code == CLD_EXITED && status.si_status == 0)
		return sync_directory(sink);
	for (end = sink->tar_error_used; end > 0 && sink->tar_error[end - 1] == '\n'; end--)
		;
	how = status.si_code == CLD_EXITED ? "code" : "signal";
	if (is_full(sink->path))
		return sink_fail(sink, -ENOSPC, "Cannot unpack into %.300s, which is full: tar ended with %s %d: %.*s", sink->path,
				 how, status.si_status, (int)end, sink->tar_error);
	return sink_fail(sink, -EIO, "Cannot unpack into %.300s: tar ended with %s %d: %.*s", sink->path, how, status.si_status,
			 (int)end, sink->tar_error);
}

/* Kill tar, if it runs; from any thread. */
void archive_kill(struct sink *sink)
{
	pthread_mutex_lock(&sink->tar_lock);
	if (sink->tar_pid > 0)
		kill(-sink->tar_pid, SIGKILL);
	pthread_mutex_unlock(&sink->tar_lock);
}

#include "run_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Give output a pipe; the child's end goes to *child_fd. Returns 0 or -errno. */
int output_open(struct run_output *output, int *child_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0) {
		close(fds[0]);
		close(fds[1]);
		return -errno;
	}
	output->fd = fds[0];
	*child_fd = fds[1];
	return 0;
}

/* Hand what is kept to the outbox, if it takes it. */
void output_deliver(struct run_output *output, struct outbox *outbox, const char *id)
{
	int rc;

	output->waiting = false;
	if (output->kept == 0)
		return;
	rc = outbox_offer_output(outbox, output->type, id, output->keep, output->kept);
	if (rc == 0)
		output->kept = 0;
	output->waiting = rc == -EAGAIN || rc == -ENOMEM;
}

void output_end(struct run_output *output)
{
	if (output->fd >= 0)
		close(output->fd);
	output->fd = -1;
}

/* Drop the oldest bytes so that `bytes` more fit. */
static void make_room(struct run_output *output, size_t bytes)
{
	size_t drop;

	if (output->kept + bytes <= OUTPUT_KEEP_BYTES)
		return;
	drop = output->kept + bytes - OUTPUT_KEEP_BYTES;
	output->kept -= drop;
	memmove(output->keep, output->keep + drop, output->kept);
}

/* Read at most max_bytes of what is there behind what is kept. Not called while `waiting`. */
void output_read(struct run_output *output, size_t max_bytes)
{
	uint8_t fresh[8192];
	size_t done = 0;

	while (output->fd >= 0 && done < max_bytes) {
		size_t wanted = max_bytes - done < sizeof(fresh) ? max_bytes - done : sizeof(fresh);
		ssize_t got = read(output->fd, fresh, wanted);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			output_end(output);
			return;
		}
		make_room(output, (size_t)got);
		memcpy(output->keep + output->kept, fresh, (size_t)got);
		output->kept += (size_t)got;
		done += (size_t)got;
	}
}

/* Bytes in the pipe that nobody has read yet. */
size_t output_unread(const struct run_output *output)
{
	int unread = 0;

	if (output->fd < 0 || ioctl(output->fd, FIONREAD, &unread) < 0 || unread < 0)
		return 0;
	return (size_t)unread;
}

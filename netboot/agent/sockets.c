#include "sockets.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

struct read_limits {
	int silence_ms;		/* between two bytes; not looked at when */
	int64_t until_ms;	/* all of it has a limit */
	int stop_fd;
};

static int bind_to(int fd, uint32_t address, uint16_t port)
{
	struct endpoint local = { address, port };
	struct sockaddr_in name = endpoint_sockaddr(&local);

	return bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ? -errno : 0;
}

/* Listen on address (0: all) and port (0: a free one). Returns the socket or -errno; fills *bound_port. */
int socket_listen(uint32_t address, uint16_t port, uint16_t *bound_port)
{
	struct sockaddr_in name;
	socklen_t name_bytes = sizeof(name);
	int fd, rc, on = 1;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	rc = bind_to(fd, address, port);
	if (rc == 0 && (listen(fd, 128) < 0 || getsockname(fd, (struct sockaddr *)&name, &name_bytes) < 0))
		rc = -errno;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	*bound_port = ntohs(name.sin_port);
	return fd;
}

/*
 * Wait until fd is ready for events. stop_fd (or -1) becoming readable ends the wait.
 * Returns 0, -ETIMEDOUT, -ECANCELED or -errno.
 */
int socket_wait(int fd, short events, int time_limit_ms, int stop_fd)
{
	struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = stop_fd, .events = POLLIN } };
	int ready;

	do {
		ready = poll(fds, 2, time_limit_ms);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (fds[1].revents != 0)
		return -ECANCELED;
	return fds[0].revents != 0 ? 0 : -ETIMEDOUT;
}

/*
 * Connect within time_limit_ms, from from_address unless it is 0. Returns a socket that does not
 * block, or -errno (-ETIMEDOUT, -ECANCELED by stop_fd).
 */
int socket_connect(const struct endpoint *to, uint32_t from_address, int time_limit_ms, int stop_fd)
{
	struct sockaddr_in name = endpoint_sockaddr(to);
	int fd, rc = 0, on = 1, problem = 0;
	socklen_t problem_bytes = sizeof(problem);

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (from_address != 0)
		rc = bind_to(fd, from_address, 0);
	if (rc == 0 && connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		rc = errno == EINPROGRESS ? socket_wait(fd, POLLOUT, time_limit_ms, stop_fd) : -errno;
	if (rc == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &problem_bytes) < 0)
		rc = -errno;
	if (rc == 0)
		rc = -problem;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

/* The address at the other end, 0 when it is gone already. */
uint32_t socket_peer(int fd)
{
	struct sockaddr_in name = { 0 };
	socklen_t name_bytes = sizeof(name);

	if (getpeername(fd, (struct sockaddr *)&name, &name_bytes) < 0 || name.sin_family != AF_INET)
		return 0;
	return ntohl(name.sin_addr.s_addr);
}

/* Read exactly bytes; within limits. */
static int read_all(int fd, uint8_t *out, size_t bytes, const struct read_limits *limits)
{
	while (bytes > 0) {
		ssize_t got = recv(fd, out, bytes, MSG_DONTWAIT);
		int64_t left_ms;
		int rc;

		if (got > 0) {
			out += got;
			bytes -= (size_t)got;
			continue;
		}
		if (got == 0)
			return -ECONNRESET;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		left_ms = limits->until_ms == 0 ? limits->silence_ms : limits->until_ms - now_ms();
		rc = left_ms <= 0 ? -ETIMEDOUT : socket_wait(fd, POLLIN, (int)left_ms, limits->stop_fd);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * Read exactly bytes. Returns 0, -ETIMEDOUT after silence_ms without a byte, -ECANCELED,
 * -ECONNRESET when the peer closed, or -errno.
 */
int socket_read_all(int fd, uint8_t *out, size_t bytes, int silence_ms, int stop_fd)
{
	return read_all(fd, out, bytes, &(struct read_limits){ .silence_ms = silence_ms, .stop_fd = stop_fd });
}

/* The same with a limit for all of it: who sends a byte now and then does not hold a place for ever. */
int socket_read_until(int fd, uint8_t *out, size_t bytes, int64_t until_ms)
{
	return read_all(fd, out, bytes, &(struct read_limits){ .until_ms = until_ms, .stop_fd = -1 });
}

/* Write everything, however long the peer takes; shutdown() from another thread ends it. Returns 0 or -errno. */
int socket_write_all(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes > 0) {
		ssize_t sent = send(fd, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
		int rc;

		if (sent >= 0) {
			data += sent;
			bytes -= (size_t)sent;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		rc = socket_wait(fd, POLLOUT, -1, -1);
		if (rc < 0)
			return rc;
	}
	return 0;
}

#include "data_port.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "feeder.h"
#include "sockets.h"
#include "store.h"
#include "thread.h"

enum { OUT_OF_DESCRIPTORS_PAUSE_MS = 200 };

struct downstream {
	struct data_port *data_port;
	int fd;
};

/* A place is free again. */
void data_port_lost_downstream(void *data_port)
{
	struct data_port *port = data_port;

	pthread_mutex_lock(&port->lock);
	port->downstream_count--;
	pthread_mutex_unlock(&port->lock);
}

static void *downstream_thread(void *argument)
{
	struct downstream *downstream = argument;
	struct data_port *data_port = downstream->data_port;

	pthread_setname_np(pthread_self(), "greet");
	if (!feeder_take(data_port, downstream->fd)) {
		close(downstream->fd);
		data_port_lost_downstream(data_port);
	}
	free(downstream);
	return NULL;
}

/* Keepalive finds out about peers that lost power while there was nothing to send. */
static void set_options(int fd)
{
	int on = 1, idle_sec = 5, interval_sec = 5, count = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_sec, sizeof(idle_sec));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_sec, sizeof(interval_sec));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

/* Give a new connection a thread, or refuse it. */
static void take_downstream(struct data_port *data_port, int fd)
{
	struct downstream *downstream = malloc(sizeof(*downstream));
	bool place;

	set_options(fd);
	pthread_mutex_lock(&data_port->lock);
	place = downstream != NULL && data_port->downstream_count < DOWNSTREAMS_MAX;
	if (place)
		data_port->downstream_count++;
	pthread_mutex_unlock(&data_port->lock);
	if (place) {
		*downstream = (struct downstream){ data_port, fd };
		if (thread_start_detached(downstream_thread, downstream) == 0)
			return;
		data_port_lost_downstream(data_port);
	}
	free(downstream);
	feeder_refuse(fd, REFUSE_BUSY);
	close(fd);
}

static void *accept_thread(void *argument)
{
	struct data_port *data_port = argument;

	for (;;) {
		int fd = accept4(data_port->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			take_downstream(data_port, fd);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			poll(NULL, 0, OUT_OF_DESCRIPTORS_PAUSE_MS);
	}
	return NULL;
}

/* Open the port; it serves what data_port_serve() is given. Returns 0 or -errno. */
int data_port_open(struct data_port *data_port, uint32_t address, uint16_t port)
{
	memset(data_port, 0, sizeof(*data_port));
	pthread_mutex_init(&data_port->lock, NULL);
	data_port->fd = socket_listen(address, port, &data_port->port);
	if (data_port->fd < 0)
		return data_port->fd;
	return thread_start_detached(accept_thread, data_port);
}

/* Serve a store, taking a share of it. Returns 0, or -ENOSPC when there are too many. */
int data_port_serve(struct data_port *data_port, struct store *store)
{
	int rc = -ENOSPC;

	pthread_mutex_lock(&data_port->lock);
	if (data_port->store_count < STORES_MAX) {
		data_port->stores[data_port->store_count++] = store_share(store);
		rc = 0;
	}
	pthread_mutex_unlock(&data_port->lock);
	return rc;
}

/* Serve a store no longer. */
void data_port_stop(struct data_port *data_port, struct store *store)
{
	bool found = false;

	pthread_mutex_lock(&data_port->lock);
	for (unsigned int i = 0; i < data_port->store_count; i++) {
		if (found)
			data_port->stores[i - 1] = data_port->stores[i];
		else
			found = data_port->stores[i] == store;
	}
	if (found)
		data_port->store_count--;
	pthread_mutex_unlock(&data_port->lock);
	if (found)
		store_drop(store);
}

/* A share of the newest open store of this broadcast, or NULL. */
struct store *data_port_find(struct data_port *data_port, const uint8_t broadcast[static BROADCAST_BYTES])
{
	struct store *found = NULL;

	pthread_mutex_lock(&data_port->lock);
	for (unsigned int i = data_port->store_count; i-- > 0 && found == NULL;) {
		struct store *store = data_port->stores[i];

		if (memcmp(store->identity.broadcast, broadcast, BROADCAST_BYTES) == 0 && !store_is_closed(store))
			found = store_share(store);
	}
	pthread_mutex_unlock(&data_port->lock);
	return found;
}

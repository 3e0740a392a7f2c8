#include "data_port.h"

#include <string.h>

#include "sockets.h"

int data_port_open(struct data_port *data_port, uint32_t address, uint16_t port)
{
	memset(data_port, 0, sizeof(*data_port));
	pthread_mutex_init(&data_port->lock, NULL);
	data_port->fd = socket_listen(address, port, &data_port->port);
	return data_port->fd < 0 ? data_port->fd : 0;
}

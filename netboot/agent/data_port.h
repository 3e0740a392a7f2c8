/*
 * The TCP port where downstreams ask for the chunks of broadcasts: PROTOCOL.md
 * section 3. It knows the stores of this node and gives each downstream a feeder.
 */
#ifndef AGENT_DATA_PORT_H
#define AGENT_DATA_PORT_H

#include <pthread.h>
#include <stdint.h>

#include "data_frame.h"

enum { STORES_MAX = 16, DOWNSTREAMS_MAX = 64 };

struct store;

struct data_port {
	pthread_mutex_t lock;
	int fd;
	uint16_t port;
	unsigned int downstream_count;
	struct store *stores[STORES_MAX];	/* each holds a share of its store; newest last */
	unsigned int store_count;
};

int data_port_open(struct data_port *data_port, uint32_t address, uint16_t port);
int data_port_serve(struct data_port *data_port, struct store *store);
void data_port_stop(struct data_port *data_port, struct store *store);
void data_port_lost_downstream(void *data_port);
struct store *data_port_find(struct data_port *data_port, const uint8_t broadcast[static BROADCAST_BYTES]);

#endif

/*
 * The last LLDP frame heard on each NIC, raw: the appliance reads them. A frame
 * comes every 30 s or so; nobody waits for one.
 */
#ifndef AGENT_LLDP_H
#define AGENT_LLDP_H

#include <net/if.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "json_writer.h"

enum { LLDP_NICS_MAX = 32, LLDP_FRAME_MAX_BYTES = 1600 };

struct lldp_heard {
	unsigned int nic_index;		/* 0: free */
	char nic[IF_NAMESIZE];
	size_t bytes;
	uint8_t frame[LLDP_FRAME_MAX_BYTES];
};

struct lldp {
	pthread_mutex_t lock;
	int fd;
	unsigned int joined[LLDP_NICS_MAX];	/* NICs whose filter lets LLDP through */
	struct lldp_heard heard[LLDP_NICS_MAX];
};

void lldp_start(struct lldp *lldp);
void lldp_put(struct lldp *lldp, struct json_writer *w);

#endif

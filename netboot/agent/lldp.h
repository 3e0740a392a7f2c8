/*
 * The LLDP frames that hold now, raw, as each NIC heard them from each sender:
 * the appliance reads them. A frame comes every 30 s or so; nobody waits for one.
 */
#ifndef AGENT_LLDP_H
#define AGENT_LLDP_H

#include <net/if.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json_writer.h"

enum { LLDP_NICS_MAX = 32, LLDP_HEARD_MAX = 32, LLDP_PER_NIC_MAX = 4, LLDP_FRAME_MAX_BYTES = 1600 };

struct lldp_heard {
	unsigned int nic_index;		/* 0: free */
	char nic[IF_NAMESIZE];
	int64_t until_ms;		/* when its time to live is over */
	size_t bytes;
	uint8_t frame[LLDP_FRAME_MAX_BYTES];
};

struct lldp {
	pthread_mutex_t lock;
	int fd;
	unsigned int joined[LLDP_NICS_MAX];	/* NICs whose filter lets LLDP through */
	struct lldp_heard heard[LLDP_HEARD_MAX];
	uint64_t changes;		/* counts; a frame that only repeats is none */
};

void lldp_start(struct lldp *lldp);
int lldp_seconds(const uint8_t *frame, size_t bytes);
void lldp_keep(struct lldp *lldp, unsigned int nic_index, const char *nic, const uint8_t *frame, size_t bytes, int64_t now);
void lldp_forget_old(struct lldp *lldp, int64_t now);
uint64_t lldp_changes(struct lldp *lldp);
void lldp_put(struct lldp *lldp, struct json_writer *w);

#endif

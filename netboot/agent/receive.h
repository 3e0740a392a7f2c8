/* Taking part in a broadcast: PROTOCOL.md section 2.3. */
#ifndef AGENT_RECEIVE_H
#define AGENT_RECEIVE_H

#include "control.h"
#include "data_port.h"
#include "jobs.h"

struct receive_setting {
	struct jobs *jobs;
	struct data_port *data_port;
	uint32_t source_address;	/* for connections to upstreams; 0: any */
};

void receive_start(const struct receive_setting *setting, const struct control_receive *request);
void receive_refuse(struct jobs *jobs, const char *id, const char *error);
void receive_set_upstreams(struct jobs *jobs, const char *id, const struct endpoint_list *upstreams);

#endif

/* Everything one agent consists of; main.c builds it, dispatch.c and link.c work with it. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdint.h>

#include "data_port.h"
#include "jobs.h"
#include "leave.h"
#include "lldp.h"
#include "outbox.h"
#include "settings.h"

struct agent {
	struct settings settings;
	char boot_id[33];
	char session[65];		/* empty until a welcome gave one */
	uint32_t heartbeat_ms;
	struct outbox outbox;
	struct jobs jobs;
	struct lldp lldp;
	struct data_port data_port;
	enum leave_how leaving;		/* asked to, and told so */
};

#endif

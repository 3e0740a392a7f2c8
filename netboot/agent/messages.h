/* The messages that the link itself sends. */
#ifndef AGENT_MESSAGES_H
#define AGENT_MESSAGES_H

#include <stddef.h>

#include "agent.h"

enum { MESSAGE_BYTES = 512 * 1024 };	/* a hello with 320 jobs, 64 NICs, 256 disks and LLDP stays below it */

int message_hello(struct agent *agent, char *out, size_t out_bytes, size_t *bytes);
int message_heartbeat(struct agent *agent, char *out, size_t out_bytes, size_t *bytes);
int message_heard(struct agent *agent, char *out, size_t out_bytes, size_t *bytes);

#endif

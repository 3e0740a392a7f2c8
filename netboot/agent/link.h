/* The connection to the appliance: made again for ever, until the agent is asked to leave. */
#ifndef AGENT_LINK_H
#define AGENT_LINK_H

#include "agent.h"

int link_keep(struct agent *agent);

#endif

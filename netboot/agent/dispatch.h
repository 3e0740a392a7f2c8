/* What each message of the appliance makes the agent do. */
#ifndef AGENT_DISPATCH_H
#define AGENT_DISPATCH_H

#include "agent.h"
#include "frame.h"

void dispatch(struct agent *agent, const struct frame *frame);

#endif

/* A script of the appliance: PROTOCOL.md section 2.2. One thread a script. */
#ifndef AGENT_RUN_H
#define AGENT_RUN_H

#include "control.h"
#include "jobs.h"

void run_start(struct jobs *jobs, const struct control_run *request);
void run_refuse(struct jobs *jobs, const char *id, const char *error);

#endif

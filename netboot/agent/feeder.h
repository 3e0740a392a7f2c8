/* Feeds one downstream: the upstream's side of PROTOCOL.md section 3. */
#ifndef AGENT_FEEDER_H
#define AGENT_FEEDER_H

#include "data_port.h"

void feeder_serve(struct data_port *data_port, int fd);
void feeder_refuse(int fd, uint8_t reason);

#endif

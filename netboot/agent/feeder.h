/* The handshake with a downstream, from the upstream's side: PROTOCOL.md section 3. */
#ifndef AGENT_FEEDER_H
#define AGENT_FEEDER_H

#include <stdbool.h>

#include "data_port.h"

bool feeder_take(struct data_port *data_port, int fd);
void feeder_refuse(int fd, uint8_t reason);

#endif

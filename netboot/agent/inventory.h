/* What the machine is, as `hello` tells it: PROTOCOL.md section 2.1. */
#ifndef AGENT_INVENTORY_H
#define AGENT_INVENTORY_H

#include <stdint.h>

#include "json_writer.h"
#include "lldp.h"

void inventory_put(struct json_writer *w, struct lldp *lldp);
void inventory_put_nics(struct json_writer *w);
void inventory_put_disks(struct json_writer *w);
uint64_t meminfo_bytes(const char *field);

#endif

/* A connection to an upstream that has proved itself. */
#ifndef AGENT_FETCH_LINK_H
#define AGENT_FETCH_LINK_H

#include "endpoint.h"
#include "store.h"

enum {
	UPSTREAM_SILENCE_MS = 2000,
	CONNECT_LIMIT_MS = 700,	/* a kernel answers at once if there is a cable: two dead neighbours must not cost more than one silent one */
};

struct fetch_link_request {
	struct endpoint upstream;
	uint32_t source_address;
	int wake_fd;
	const struct store_identity *identity;
	uint32_t chunk, offset_bytes;
};

int fetch_link_open(const struct fetch_link_request *request);

#endif

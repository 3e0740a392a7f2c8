/* A connection to an upstream that has proved itself. */
#ifndef AGENT_FETCH_LINK_H
#define AGENT_FETCH_LINK_H

#include "endpoint.h"
#include "store.h"

enum { UPSTREAM_SILENCE_MS = 2000 };

struct fetch_link_request {
	struct endpoint upstream;
	uint32_t source_address;
	int wake_fd;
	const struct store_identity *identity;
	uint32_t chunk, offset_bytes;
};

int fetch_link_open(const struct fetch_link_request *request);

#endif

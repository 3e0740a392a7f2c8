/* What the bytes of an upstream do to the store: pieces, verdicts, the end. For fetcher.c. */
#ifndef AGENT_FETCH_FRAME_H
#define AGENT_FETCH_FRAME_H

#include "fetcher.h"

enum { FETCH_DONE = 1 };

void fetch_begin(struct fetcher *fetcher, int fd, uint32_t chunk, uint32_t offset_bytes);
int fetch_step(struct fetcher *fetcher);

/* For fetch_frame.c: */
int fetch_doubt(struct fetcher *fetcher, int64_t chunk);
int fetch_heard(struct fetcher *fetcher, uint8_t type, const uint8_t *payload, size_t payload_bytes);

#endif

/* What each frame of an upstream does to the store: pieces, verdicts, the end. For fetcher.c. */
#ifndef AGENT_FETCH_FRAME_H
#define AGENT_FETCH_FRAME_H

#include "fetcher.h"

int fetch_frame(struct fetcher *fetcher, int fd);

#endif

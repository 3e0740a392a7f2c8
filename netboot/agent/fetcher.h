/*
 * Takes the stream from one upstream after another until the store has it all: the
 * downstream's side of PROTOCOL.md section 3. One thread.
 */
#ifndef AGENT_FETCHER_H
#define AGENT_FETCHER_H

#include <stdatomic.h>

#include "store.h"
#include "upstreams.h"

enum { FETCH_HEAD_BYTES = 128 };

struct fetcher {
	struct store *store;
	struct upstreams *upstreams;
	uint32_t source_address;
	void (*blame)(void *context, uint32_t chunk, const struct endpoint *upstream);
	void *context;
	atomic_bool leave;		/* the appliance wants another upstream */
	int64_t patient_until_ms;	/* till then a neighbour that does not know the broadcast yet is asked again */
	int problem;			/* what no other upstream can mend: -ENOMEM, -EBADMSG (malformed manifest) */

	/* Of the present connection; chunks as int64_t, where the manifest is -1. */
	int fd;
	bool ended;			/* the upstream has sent all there is */
	int64_t quiet_since_ms;		/* 0: bytes came just now */
	uint8_t head[FETCH_HEAD_BYTES];	/* frames that are not pieces, and headers */
	size_t head_bytes;
	size_t piece_left_bytes;
	bool piece_wanted;		/* else it is read past */
	bool replaying;			/* after a retract chunks may come that we have */
	int64_t first_asked;
	int64_t first_sole;		/* from here on copies have all their bytes from this upstream */
	int64_t vouched;		/* the last chunk that it said is right */
	int64_t doubted;		/* ours of it was bad, and the upstream has not said yet whose fault that is; NO_CHUNK */
	bool doubted_sole;
	unsigned int doubted_pieces;	/* beginnings of chunks that came since */
};

void fetcher_run(struct fetcher *fetcher);
void fetcher_leave(struct fetcher *fetcher);

#endif

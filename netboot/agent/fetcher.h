/* Fetches a broadcast into its store: the downstream's side of PROTOCOL.md section 3. One thread. */
#ifndef AGENT_FETCHER_H
#define AGENT_FETCHER_H

#include "digest.h"
#include "store.h"
#include "upstreams.h"

struct fetcher {
	struct store *store;
	struct upstreams *upstreams;
	uint32_t source_address;
	int wake_fd;			/* eventfd: the store was closed, or the upstream is to be left */
	void (*blame)(void *context, uint32_t chunk, const struct endpoint *upstream);
	void *context;

	struct digest digest;		/* of the growing chunk, over the bytes it has */
	bool sole;			/* all its bytes came from the present upstream */
	bool doubted;			/* it was bad, and the upstream has not said yet whose fault that is */
	bool bad_was_sole;		/* `sole` of the copy that was bad */
	int problem;			/* what no other upstream can mend: -ENOMEM, -EBADMSG (malformed manifest) */
};

int fetcher_init(struct fetcher *fetcher);
void fetcher_run(struct fetcher *fetcher);
void fetcher_close(struct fetcher *fetcher);

#endif

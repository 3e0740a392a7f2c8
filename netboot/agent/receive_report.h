/* What the appliance is told of a receive. */
#ifndef AGENT_RECEIVE_REPORT_H
#define AGENT_RECEIVE_REPORT_H

#include "jobs.h"
#include "store.h"
#include "upstreams.h"

struct receive_result {
	const char *error;	/* NULL: all is well */
	uint8_t raw_digest[DIGEST_BYTES];
	enum verify verify;	/* what was done */
	uint64_t ms;
};

struct receive_parts {
	const char *id;
	struct store *store;
	struct upstreams *upstreams;
};

/* What the appliance was told last of what it is told early. */
struct receive_told {
	char list[LIST_NAME_BYTES];
	int64_t lag_ms;			/* when it was told who lags, */
	uint32_t lag_address;		/* who that was, */
	unsigned int lag_times;		/* and how often */
	int64_t newcomer_ms;
	unsigned int filled_quarters;	/* of the memory, with what is not written */
};

void report_state(const struct receive_parts *parts, struct json_writer *w);
bool report_is_due(const struct receive_parts *parts, struct receive_told *told, int64_t now);
char *report_received(const struct receive_parts *parts, const struct receive_result *result, size_t *bytes);
void report_listening(struct outbox *outbox, const char *id, uint16_t port);
void report_bad_chunk(struct outbox *outbox, const char *id, uint32_t chunk, const struct endpoint *upstream);

#endif

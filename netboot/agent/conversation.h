/* One conversation with the appliance over an open connection: hello, then frames both ways. For link.c. */
#ifndef AGENT_CONVERSATION_H
#define AGENT_CONVERSATION_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "agent.h"
#include "frame.h"
#include "messages.h"

enum {
	SILENCE_LIMIT_MS = 5000,	/* the appliance pings every second */
	LOOK_SOON_MS = 20,		/* after a message or news of our own: what has changed may be worth a heartbeat */
	LOOK_EVERY_MS = 100,		/* while something runs */
	BEAT_LEAST_MS = 100,		/* between two heartbeats, however urgent */
	FLUSH_LIMIT_MS = 2000,		/* for `leaving` to go out */
	HEARD_PAUSE_MS = 5000,		/* between two of `heard`, whatever comes in */
	IN_BYTES = FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX_BYTES,
};

struct link {
	struct agent *agent;
	SSL_CTX *context;
	SSL *ssl;
	int fd;
	uint8_t *in;		/* IN_BYTES: one whole frame always fits */
	size_t in_used;
	char *message;		/* MESSAGE_BYTES, for hello and heartbeat */
	size_t out_sent;	/* of the outbox's first frame, on this connection */
	bool want_write, welcomed;
	int64_t heard_ms, heartbeat_at_ms, look_at_ms, beaten_ms;
	uint64_t lldp_told;	/* lldp_changes() that the appliance knows of */
	int64_t lldp_again_ms;
};

int converse(struct link *link);

#endif

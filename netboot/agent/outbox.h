/*
 * Frames on their way to the appliance. Any thread puts, only the link's
 * thread takes. Whole frames survive a lost connection: they go out on the next.
 */
#ifndef AGENT_OUTBOX_H
#define AGENT_OUTBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OUTBOX_OUTPUT_MAX_BYTES = 512 * 1024,	/* beyond it, output of scripts has to wait */
	OUTBOX_MAX_BYTES = 8 * 1024 * 1024,	/* beyond it, nothing is taken: the appliance asks again */
};

struct out_frame {
	struct out_frame *next;
	size_t bytes;
	uint8_t data[];		/* header and payload */
};

struct outbox {
	pthread_mutex_t lock;
	struct out_frame *first, *last;
	size_t bytes;
	bool connected;		/* a welcome was heard on the connection that is open */
	bool starved;		/* somebody was told -EAGAIN */
	int wake_fd;		/* eventfd: there is something new */
};

int outbox_init(struct outbox *box);
int outbox_put(struct outbox *box, uint8_t type, const void *payload, size_t payload_bytes);
int outbox_offer_output(struct outbox *box, uint8_t type, const char *id, const uint8_t *data, size_t data_bytes);
struct out_frame *outbox_first(struct outbox *box);
bool outbox_sent_first(struct outbox *box);
bool outbox_holds(struct outbox *box, uint8_t type);
void outbox_set_connected(struct outbox *box, bool connected);

#endif

#include "outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "frame.h"
#include "log.h"

int outbox_init(struct outbox *box)
{
	memset(box, 0, sizeof(*box));
	pthread_mutex_init(&box->lock, NULL);
	box->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return box->wake_fd < 0 ? -errno : 0;
}

static struct out_frame *new_frame(uint8_t type, size_t payload_bytes)
{
	struct out_frame *frame = malloc(sizeof(*frame) + FRAME_HEADER_BYTES + payload_bytes);

	if (frame == NULL)
		return NULL;
	frame->next = NULL;
	frame->bytes = FRAME_HEADER_BYTES + payload_bytes;
	frame_put_header(frame->data, type, payload_bytes);
	return frame;
}

/* The caller holds the lock. */
static void append(struct outbox *box, struct out_frame *frame)
{
	if (box->last == NULL)
		box->first = frame;
	else
		box->last->next = frame;
	box->last = frame;
	box->bytes += frame->bytes;
	(void)eventfd_write(box->wake_fd, 1);
}

/*
 * Queue a message. Returns 0, -EMSGSIZE, or -ENOBUFS when the appliance has not read for so
 * long that the limit is reached; all that is lost then are results which it can ask for again.
 */
int outbox_put(struct outbox *box, uint8_t type, const void *payload, size_t payload_bytes)
{
	struct out_frame *frame;
	bool room;

	if (payload_bytes > FRAME_PAYLOAD_MAX_BYTES)
		return -EMSGSIZE;
	frame = new_frame(type, payload_bytes);
	if (frame == NULL)
		return -ENOMEM;
	if (payload_bytes > 0)
		memcpy(frame->data + FRAME_HEADER_BYTES, payload, payload_bytes);
	pthread_mutex_lock(&box->lock);
	room = box->bytes + frame->bytes <= OUTBOX_MAX_BYTES;
	if (room)
		append(box, frame);
	pthread_mutex_unlock(&box->lock);
	if (room)
		return 0;
	free(frame);
	return -ENOBUFS;
}

/*
 * Queue output of the script id, if it can go now. Returns 0; -EAGAIN when there is no room (the
 * job is woken when there is); -ENOTCONN when nobody listens; -ENOMEM.
 */
int outbox_offer_output(struct outbox *box, uint8_t type, const char *id, const uint8_t *data, size_t data_bytes)
{
	size_t id_bytes = strlen(id), payload_bytes = 1 + id_bytes + data_bytes;
	struct out_frame *frame;
	uint8_t *at;
	int rc = 0;

	frame = new_frame(type, payload_bytes);
	if (frame == NULL)
		return -ENOMEM;
	at = frame->data + FRAME_HEADER_BYTES;
	*at++ = (uint8_t)id_bytes;
	memcpy(at, id, id_bytes);
	memcpy(at + id_bytes, data, data_bytes);
	pthread_mutex_lock(&box->lock);
	if (!box->connected) {
		rc = -ENOTCONN;
	} else if (box->bytes + frame->bytes > OUTBOX_OUTPUT_MAX_BYTES) {
		box->starved = true;
		rc = -EAGAIN;
	} else {
		append(box, frame);
	}
	pthread_mutex_unlock(&box->lock);
	if (rc < 0)
		free(frame);
	return rc;
}

/* The frame to send next, or NULL. It stays until outbox_sent_first(). */
struct out_frame *outbox_first(struct outbox *box)
{
	struct out_frame *frame;

	pthread_mutex_lock(&box->lock);
	frame = box->first;
	pthread_mutex_unlock(&box->lock);
	return frame;
}

/* The first frame is out. True when jobs that found no room should try again. */
bool outbox_sent_first(struct outbox *box)
{
	struct out_frame *frame;
	bool wake;

	pthread_mutex_lock(&box->lock);
	frame = box->first;
	box->first = frame->next;
	if (box->first == NULL)
		box->last = NULL;
	box->bytes -= frame->bytes;
	wake = box->starved && box->bytes <= OUTBOX_OUTPUT_MAX_BYTES / 2;
	if (wake)
		box->starved = false;
	pthread_mutex_unlock(&box->lock);
	free(frame);
	return wake;
}

/* Is a frame of this type still on its way? */
bool outbox_holds(struct outbox *box, uint8_t type)
{
	struct out_frame *frame;

	pthread_mutex_lock(&box->lock);
	for (frame = box->first; frame != NULL; frame = frame->next)
		if (frame->data[3] == type)
			break;
	pthread_mutex_unlock(&box->lock);
	return frame != NULL;
}

void outbox_set_connected(struct outbox *box, bool connected)
{
	pthread_mutex_lock(&box->lock);
	box->connected = connected;
	pthread_mutex_unlock(&box->lock);
}

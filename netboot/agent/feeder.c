#include "feeder.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "clock.h"
#include "digest.h"
#include "frame.h"
#include "sockets.h"
#include "store_feed.h"

enum { HANDSHAKE_STEP_MS = 2000, GOODBYE_LIMIT_MS = 2000 };

/* Send a frame whose payload is short. Returns 0 or -errno. */
static int send_small(int fd, uint8_t type, const uint8_t *payload, size_t payload_bytes)
{
	uint8_t frame[FRAME_HEADER_BYTES + DATA_SMALL_MAX_BYTES];

	frame_put_header(frame, type, payload_bytes);
	if (payload_bytes > 0)
		memcpy(frame + FRAME_HEADER_BYTES, payload, payload_bytes);
	return socket_write_all(fd, frame, FRAME_HEADER_BYTES + payload_bytes);
}

/* Say why not, and let the peer read it before the connection goes: closing on unread bytes would reset it. */
void feeder_refuse(int fd, uint8_t reason)
{
	(void)send_small(fd, DATA_REFUSE, &reason, 1);
	shutdown(fd, SHUT_WR);
}

/* Read a frame that must have this type and length. Returns 0 or -errno. */
static int read_expected(int fd, uint8_t wanted_type, uint8_t *payload, size_t wanted_bytes)
{
	uint8_t header[FRAME_HEADER_BYTES], type;
	int64_t until_ms = now_ms() + HANDSHAKE_STEP_MS;
	size_t payload_bytes;
	int rc;

	rc = socket_read_until(fd, header, sizeof(header), until_ms);
	if (rc < 0)
		return rc;
	if (frame_parse_header(header, sizeof(header), &type, &payload_bytes) != FRAME_OK ||
	    type != wanted_type || payload_bytes != wanted_bytes)
		return -EPROTO;
	return socket_read_until(fd, payload, wanted_bytes, until_ms);
}

/* Show that we have the key, and see that the downstream has it. Returns 0, -EACCES or -errno. */
static int prove_both(int fd, const struct store *store, const struct data_fetch *fetch)
{
	uint8_t challenge[CHALLENGE_BYTES], wanted[PROOF_BYTES], got[PROOF_BYTES];
	struct data_proof_input in = {
		.key = store->identity.key, .broadcast = fetch->broadcast,
		.nonce_downstream = fetch->nonce, .nonce_upstream = challenge,
	};
	int rc;

	random_bytes(challenge, NONCE_BYTES);
	proof_of_upstream(&in, challenge + NONCE_BYTES);
	rc = send_small(fd, DATA_CHALLENGE, challenge, sizeof(challenge));
	if (rc == 0)
		rc = read_expected(fd, DATA_PROVE, got, sizeof(got));
	if (rc < 0)
		return rc;
	proof_of_downstream(&in, wanted);
	return equal_in_constant_time(wanted, got, sizeof(got)) ? 0 : -EACCES;
}

static int send_piece(int fd, struct store *store, const struct feed_step *step)
{
	uint8_t header[FRAME_HEADER_BYTES + PIECE_HEADER_BYTES];
	int rc;

	frame_put_header(header, DATA_PIECE, PIECE_HEADER_BYTES + step->bytes);
	store_u32_be(header + FRAME_HEADER_BYTES, step->chunk);
	store_u32_be(header + FRAME_HEADER_BYTES + 4, step->offset_bytes);
	if (send(fd, header, sizeof(header), MSG_NOSIGNAL | MSG_MORE) != (ssize_t)sizeof(header))
		return -EPIPE;
	rc = socket_write_all(fd, step->blob->data + step->offset_bytes, step->bytes);
	if (rc == 0)
		store_sent(store, step->bytes);
	return rc;
}

static int send_chunk_number(int fd, uint8_t type, uint32_t chunk)
{
	uint8_t number[4];

	store_u32_be(number, chunk);
	return send_small(fd, type, number, sizeof(number));
}

/* Send one step. Returns 0 to go on, -ECANCELED when the conversation is over, or -errno. */
static int send_step(int fd, struct store *store, const struct feed_step *step)
{
	switch (step->kind) {
	case FEED_PIECE:
		return send_piece(fd, store, step);
	case FEED_VERIFIED:
		return send_chunk_number(fd, DATA_VERIFIED, step->chunk);
	case FEED_RETRACT:
		return send_chunk_number(fd, DATA_RETRACT, step->chunk);
	case FEED_IDLE:
		return send_small(fd, DATA_IDLE, NULL, 0);
	case FEED_END:
		(void)send_small(fd, DATA_END, NULL, 0);
		shutdown(fd, SHUT_WR);
		return -ECANCELED;
	case FEED_NOT_HELD:
		feeder_refuse(fd, REFUSE_NOT_HELD);
		return -ECANCELED;
	default:
		return -ECANCELED;
	}
}

static void feed(int fd, struct store *store, const struct data_fetch *fetch)
{
	struct feed_place place = { .chunk = fetch->chunk, .offset_bytes = fetch->offset_bytes };
	struct feeder_link link = { .fd = fd };
	struct feed_step step;
	int rc = 0;

	if (!store_add_feeder(store, &link)) {
		feeder_refuse(fd, REFUSE_NOT_HELD);
		return;
	}
	while (rc == 0) {
		store_feed(store, &place, &step);
		rc = send_step(fd, store, &step);
		blob_drop(step.blob);
	}
	/* Closing with unread bytes of the peer would cut off what we sent last. */
	if (rc == -ECANCELED)
		(void)socket_wait(fd, POLLIN, GOODBYE_LIMIT_MS, -1);
	store_remove_feeder(store, &link);
}

/* The whole conversation with one downstream; the caller closes fd. */
void feeder_serve(struct data_port *data_port, int fd)
{
	uint8_t payload[FETCH_BYTES];
	struct data_fetch fetch;
	struct store *store;
	int rc;

	if (read_expected(fd, DATA_FETCH, payload, sizeof(payload)) < 0 ||
	    data_parse_fetch(payload, sizeof(payload), &fetch) < 0)
		return;
	store = data_port_find(data_port, fetch.broadcast);
	if (store == NULL) {
		feeder_refuse(fd, REFUSE_UNKNOWN_BROADCAST);
		return;
	}
	rc = prove_both(fd, store, &fetch);
	if (rc == 0)
		feed(fd, store, &fetch);
	else if (rc == -EACCES)
		feeder_refuse(fd, REFUSE_WRONG_PROOF);
	store_drop(store);
}

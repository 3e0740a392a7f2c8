#include "feeder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "digest.h"
#include "frame.h"
#include "sockets.h"
#include "feed.h"

enum { HANDSHAKE_STEP_MS = 2000 };

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

/* Leave a downstream that has proved itself to the store's feeding thread. Returns 0 or -errno; then the caller keeps fd. */
static int hand_over(struct data_port *data_port, struct store *store, int fd, const struct data_fetch *fetch)
{
	struct feeder *feeder = calloc(1, sizeof(*feeder));

	if (feeder == NULL)
		return -ENOMEM;
	feeder->fd = fd;
	feeder->address = socket_peer(fd);
	feeder->at = feeder->verdict = fetch->chunk == MANIFEST_CHUNK ? -1 : (int64_t)fetch->chunk;
	feeder->offset_bytes = fetch->offset_bytes;
	feeder->retract_from = NO_CHUNK;
	feeder->on_gone = data_port_lost_downstream;
	feeder->context = data_port;
	if (feed_add(store, feeder))
		return 0;
	free(feeder);
	feeder_refuse(fd, REFUSE_NOT_HELD);
	return -ECANCELED;
}

/* Hear out one downstream. True when it is fed from now on; else it is over and the caller closes fd. */
bool feeder_take(struct data_port *data_port, int fd)
{
	uint8_t payload[FETCH_BYTES];
	struct data_fetch fetch;
	struct store *store;
	int rc;

	if (read_expected(fd, DATA_FETCH, payload, sizeof(payload)) < 0 ||
	    data_parse_fetch(payload, sizeof(payload), &fetch) < 0)
		return false;
	store = data_port_find(data_port, fetch.broadcast);
	if (store == NULL) {
		feeder_refuse(fd, REFUSE_UNKNOWN_BROADCAST);
		return false;
	}
	rc = prove_both(fd, store, &fetch);
	if (rc == 0)
		rc = hand_over(data_port, store, fd, &fetch);
	else if (rc == -EACCES)
		feeder_refuse(fd, REFUSE_WRONG_PROOF);
	store_drop(store);
	return rc == 0;
}

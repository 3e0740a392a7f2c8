#include "fetch_link.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "frame.h"
#include "log.h"
#include "sockets.h"

static int send_frame(int fd, uint8_t type, const uint8_t *payload, size_t payload_bytes)
{
	uint8_t frame[FRAME_HEADER_BYTES + DATA_SMALL_MAX_BYTES];

	frame_put_header(frame, type, payload_bytes);
	memcpy(frame + FRAME_HEADER_BYTES, payload, payload_bytes);
	return socket_write_all(fd, frame, FRAME_HEADER_BYTES + payload_bytes);
}

/* Read the challenge. Returns 0, -ECONNREFUSED or -EAGAIN after a refuse, -EPROTO or -errno. */
static int read_challenge(const struct fetch_link_request *request, int fd, struct data_challenge *out)
{
	uint8_t header[FRAME_HEADER_BYTES], payload[CHALLENGE_BYTES], type, reason;
	size_t payload_bytes;
	int rc;

	rc = socket_read_all(fd, header, sizeof(header), UPSTREAM_SILENCE_MS, request->wake_fd);
	if (rc < 0)
		return rc;
	if (frame_parse_header(header, sizeof(header), &type, &payload_bytes) != FRAME_OK ||
	    payload_bytes > sizeof(payload))
		return -EPROTO;
	rc = socket_read_all(fd, payload, payload_bytes, UPSTREAM_SILENCE_MS, request->wake_fd);
	if (rc < 0)
		return rc;
	if (type == DATA_REFUSE && data_parse_refuse(payload, payload_bytes, &reason) == 0)
		return reason == REFUSE_UNKNOWN_BROADCAST ? -EAGAIN : -ECONNREFUSED;
	if (type != DATA_CHALLENGE)
		return -EPROTO;
	return data_parse_challenge(payload, payload_bytes, out);
}

static int prove_both(const struct fetch_link_request *request, int fd)
{
	struct data_fetch fetch = { .chunk = request->chunk, .offset_bytes = request->offset_bytes };
	uint8_t payload[FETCH_BYTES], wanted[PROOF_BYTES], proof[PROOF_BYTES];
	struct data_challenge challenge;
	struct data_proof_input in = {
		.key = request->identity->key, .broadcast = request->identity->broadcast,
		.nonce_downstream = fetch.nonce, .nonce_upstream = challenge.nonce,
	};
	int rc;

	memcpy(fetch.broadcast, request->identity->broadcast, BROADCAST_BYTES);
	random_bytes(fetch.nonce, sizeof(fetch.nonce));
	data_put_fetch(&fetch, payload);
	rc = send_frame(fd, DATA_FETCH, payload, sizeof(payload));
	if (rc == 0)
		rc = read_challenge(request, fd, &challenge);
	if (rc < 0)
		return rc;
	proof_of_upstream(&in, wanted);
	if (!equal_in_constant_time(wanted, challenge.proof, sizeof(wanted)))
		return -EACCES;
	proof_of_downstream(&in, proof);
	return send_frame(fd, DATA_PROVE, proof, sizeof(proof));
}

/*
 * Connect to an upstream, see that it has the key, show that we have it, and ask for the
 * stream from a chunk and offset on. Returns a socket, or -errno (-ECANCELED by wake_fd,
 * -EACCES: the upstream does not have the key, -EAGAIN: it does not know the broadcast).
 */
int fetch_link_open(const struct fetch_link_request *request)
{
	int fd, rc;

	fd = socket_connect(&request->upstream, request->source_address, CONNECT_LIMIT_MS, request->wake_fd);
	if (fd < 0)
		return fd;
	rc = prove_both(request, fd);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

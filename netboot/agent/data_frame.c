#include "data_frame.h"

#include <errno.h>
#include <string.h>

#include "bytes.h"

/* Each returns 0, or -EBADMSG when the length is not the one of the type; *out is untouched then. */

int data_parse_fetch(const uint8_t *payload, size_t payload_bytes, struct data_fetch *out)
{
	if (payload_bytes != FETCH_BYTES)
		return -EBADMSG;
	memcpy(out->broadcast, payload, BROADCAST_BYTES);
	memcpy(out->nonce, payload + BROADCAST_BYTES, NONCE_BYTES);
	out->chunk = load_u32_be(payload + BROADCAST_BYTES + NONCE_BYTES);
	out->offset_bytes = load_u32_be(payload + BROADCAST_BYTES + NONCE_BYTES + 4);
	return 0;
}

int data_parse_challenge(const uint8_t *payload, size_t payload_bytes, struct data_challenge *out)
{
	if (payload_bytes != CHALLENGE_BYTES)
		return -EBADMSG;
	memcpy(out->nonce, payload, NONCE_BYTES);
	memcpy(out->proof, payload + NONCE_BYTES, PROOF_BYTES);
	return 0;
}

int data_parse_prove(const uint8_t *payload, size_t payload_bytes, uint8_t out[static PROOF_BYTES])
{
	if (payload_bytes != PROOF_BYTES)
		return -EBADMSG;
	memcpy(out, payload, PROOF_BYTES);
	return 0;
}

int data_parse_refuse(const uint8_t *payload, size_t payload_bytes, uint8_t *reason)
{
	if (payload_bytes != 1)
		return -EBADMSG;
	*reason = payload[0];
	return 0;
}

/*
 * Read the first PIECE_HEADER_BYTES of a piece; the bytes themselves need not be
 * there yet, for they go straight from the socket to where the chunk is kept.
 * header is read only when payload_bytes, the length the frame told, allows it.
 */
int data_parse_piece(const uint8_t *header, size_t payload_bytes, struct data_piece *out)
{
	if (payload_bytes <= PIECE_HEADER_BYTES || payload_bytes - PIECE_HEADER_BYTES > PIECE_MAX_BYTES)
		return -EBADMSG;
	out->chunk = load_u32_be(header);
	out->offset_bytes = load_u32_be(header + 4);
	out->bytes = payload_bytes - PIECE_HEADER_BYTES;
	return 0;
}

/* verified and retract: a chunk number. */
int data_parse_chunk(const uint8_t *payload, size_t payload_bytes, uint32_t *chunk)
{
	if (payload_bytes != 4)
		return -EBADMSG;
	*chunk = load_u32_be(payload);
	return 0;
}

/* idle and end. */
int data_parse_empty(size_t payload_bytes)
{
	return payload_bytes == 0 ? 0 : -EBADMSG;
}

void data_put_fetch(const struct data_fetch *fetch, uint8_t out[static FETCH_BYTES])
{
	memcpy(out, fetch->broadcast, BROADCAST_BYTES);
	memcpy(out + BROADCAST_BYTES, fetch->nonce, NONCE_BYTES);
	store_u32_be(out + BROADCAST_BYTES + NONCE_BYTES, fetch->chunk);
	store_u32_be(out + BROADCAST_BYTES + NONCE_BYTES + 4, fetch->offset_bytes);
}

const char *refuse_reason_text(uint8_t reason)
{
	switch (reason) {
	case REFUSE_UNKNOWN_BROADCAST:
		return "it does not know this broadcast";
	case REFUSE_WRONG_PROOF:
		return "it did not accept our proof";
	case REFUSE_NOT_HELD:
		return "it no longer holds the chunk";
	case REFUSE_BUSY:
		return "it is busy";
	default:
		return "it gave a reason we do not know";
	}
}

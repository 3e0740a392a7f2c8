/*
 * Payloads of the frames between a downstream and its upstream: PROTOCOL.md
 * section 3. The TypeScript side is src/broadcast/; both run
 * test/vectors/data.tsv.
 *
 * Nothing here allocates, blocks or keeps state.
 */
#ifndef AGENT_DATA_FRAME_H
#define AGENT_DATA_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum data_type {
	DATA_FETCH = 64,
	DATA_CHALLENGE = 65,
	DATA_PROVE = 66,
	DATA_REFUSE = 67,
	DATA_PIECE = 68,
	DATA_VERIFIED = 69,
	DATA_RETRACT = 70,
	DATA_IDLE = 71,
	DATA_END = 72,
};

enum refuse_reason {
	REFUSE_UNKNOWN_BROADCAST = 1,
	REFUSE_WRONG_PROOF = 2,
	REFUSE_NOT_HELD = 3,
	REFUSE_BUSY = 4,
};

#define MANIFEST_CHUNK 0xffffffffu	/* the chunk number that means the manifest */

enum {
	BROADCAST_BYTES = 16,
	NONCE_BYTES = 32,
	PROOF_BYTES = 32,
	FETCH_BYTES = BROADCAST_BYTES + NONCE_BYTES + 8,
	CHALLENGE_BYTES = NONCE_BYTES + PROOF_BYTES,
	PIECE_HEADER_BYTES = 8,
	PIECE_MAX_BYTES = 256 * 1024,
	DATA_SMALL_MAX_BYTES = CHALLENGE_BYTES,	/* longest payload except piece */
};

struct data_fetch {
	uint8_t broadcast[BROADCAST_BYTES];
	uint8_t nonce[NONCE_BYTES];
	uint32_t chunk;
	uint32_t offset_bytes;
};

struct data_challenge {
	uint8_t nonce[NONCE_BYTES];
	uint8_t proof[PROOF_BYTES];
};

struct data_piece {
	uint32_t chunk;
	uint32_t offset_bytes;
	size_t bytes;		/* what follows the header */
};

int data_parse_fetch(const uint8_t *payload, size_t payload_bytes, struct data_fetch *out);
int data_parse_challenge(const uint8_t *payload, size_t payload_bytes, struct data_challenge *out);
int data_parse_prove(const uint8_t *payload, size_t payload_bytes, uint8_t out[static PROOF_BYTES]);
int data_parse_refuse(const uint8_t *payload, size_t payload_bytes, uint8_t *reason);
int data_parse_piece(const uint8_t *header, size_t payload_bytes, struct data_piece *out);
int data_parse_chunk(const uint8_t *payload, size_t payload_bytes, uint32_t *chunk);
int data_parse_empty(size_t payload_bytes);
void data_put_fetch(const struct data_fetch *fetch, uint8_t out[static FETCH_BYTES]);
const char *refuse_reason_text(uint8_t reason);

#endif

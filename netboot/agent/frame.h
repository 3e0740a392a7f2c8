/*
 * Framing: how messages sit on a TCP stream, both to the appliance and between
 * nodes. Layout: PROTOCOL.md section 1. The TypeScript side is
 * src/agent/frame.ts; both run test/vectors/frame.tsv.
 *
 * Nothing here allocates, blocks or keeps state.
 */
#ifndef AGENT_FRAME_H
#define AGENT_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_HEADER_BYTES = 8, FRAME_PAYLOAD_MAX_BYTES = 1 << 20 };

enum frame_status {
	FRAME_OK = 0,
	FRAME_NEED_MORE = 1,	/* not an error: read more and call again */
	FRAME_BAD_MAGIC = -1,
	FRAME_TOO_LARGE = -2,
};

struct frame {
	uint8_t type;
	const uint8_t *payload;	/* points into the caller's buffer */
	size_t payload_bytes;
};

enum frame_status frame_parse(const uint8_t *buf, size_t buf_bytes,
			      struct frame *out, size_t *used_bytes);
enum frame_status frame_parse_header(const uint8_t *buf, size_t buf_bytes,
				     uint8_t *type, size_t *payload_bytes);
void frame_put_header(uint8_t *out, uint8_t type, size_t payload_bytes);

#endif

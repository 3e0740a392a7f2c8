#include "frame.h"

#include <string.h>

#include "bytes.h"

static const uint8_t magic[3] = { 'B', 'G', '1' };

/*
 * Read the header in buf[0 .. buf_bytes), whether or not the payload is there.
 *
 * Returns FRAME_OK and fills *type and *payload_bytes, else leaves them alone.
 * The length is checked against FRAME_PAYLOAD_MAX_BYTES before anybody adds it
 * to anything: it is the peer's number.
 */
enum frame_status frame_parse_header(const uint8_t *buf, size_t buf_bytes,
				     uint8_t *type, size_t *payload_bytes)
{
	uint32_t told_bytes;

	if (buf_bytes < FRAME_HEADER_BYTES)
		return FRAME_NEED_MORE;
	if (memcmp(buf, magic, sizeof(magic)) != 0)
		return FRAME_BAD_MAGIC;
	told_bytes = load_u32_be(buf + 4);
	if (told_bytes > FRAME_PAYLOAD_MAX_BYTES)
		return FRAME_TOO_LARGE;
	*type = buf[3];
	*payload_bytes = told_bytes;
	return FRAME_OK;
}

/*
 * Read the first whole frame in buf[0 .. buf_bytes).
 *
 * Returns FRAME_OK and fills *out and *used_bytes, or FRAME_NEED_MORE when the
 * frame has not all arrived, or a negative status when the peer is not
 * speaking our protocol. *out and *used_bytes are untouched unless FRAME_OK.
 */
enum frame_status frame_parse(const uint8_t *buf, size_t buf_bytes,
			      struct frame *out, size_t *used_bytes)
{
	enum frame_status status;
	size_t payload_bytes;
	uint8_t type;

	status = frame_parse_header(buf, buf_bytes, &type, &payload_bytes);
	if (status != FRAME_OK)
		return status;
	if (buf_bytes - FRAME_HEADER_BYTES < payload_bytes)
		return FRAME_NEED_MORE;

	out->type = type;
	out->payload = buf + FRAME_HEADER_BYTES;
	out->payload_bytes = payload_bytes;
	*used_bytes = FRAME_HEADER_BYTES + payload_bytes;
	return FRAME_OK;
}

/* Write the header of a frame to out[0 .. FRAME_HEADER_BYTES); payload_bytes is within the limit. */
void frame_put_header(uint8_t *out, uint8_t type, size_t payload_bytes)
{
	memcpy(out, magic, sizeof(magic));
	out[3] = type;
	store_u32_be(out + 4, (uint32_t)payload_bytes);
}

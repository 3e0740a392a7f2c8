#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "vectors.h"
#include "../../netboot/agent/frame.h"

static const char *name_of(enum frame_status status)
{
	switch (status) {
	case FRAME_OK:
		return "OK";
	case FRAME_NEED_MORE:
		return "NEED_MORE";
	case FRAME_BAD_MAGIC:
		return "BAD_MAGIC";
	default:
		return "TOO_LARGE";
	}
}

static void check_row(const struct row *row)
{
	struct bytes in = bytes_of_hex(row->column[5]), payload = bytes_of_hex(row->column[3]);
	struct frame frame = { 0 };
	size_t used = 12345;
	enum frame_status status = frame_parse(in.at, in.count, &frame, &used);

	CHECK_ROW(strcmp(name_of(status), row->column[1]) == 0, row->column[0]);
	if (status == FRAME_OK) {
		CHECK_ROW(frame.type == atoi(row->column[2]), row->column[0]);
		CHECK_ROW(used == strtoul(row->column[4], NULL, 10), row->column[0]);
		CHECK_ROW(frame.payload_bytes == payload.count, row->column[0]);
		CHECK_ROW(memcmp(frame.payload, payload.at, payload.count) == 0, row->column[0]);
	} else {
		CHECK_ROW(used == 12345 && frame.payload == NULL, "untouched unless OK");
	}
	free(in.at);
	free(payload.at);
}

static void longest_frame_fits(void)
{
	size_t bytes = FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX_BYTES, used = 0;
	uint8_t *buf = calloc(1, bytes);
	struct frame frame;

	if (buf == NULL)
		abort();
	frame_put_header(buf, 7, FRAME_PAYLOAD_MAX_BYTES);
	CHECK(frame_parse(buf, bytes, &frame, &used) == FRAME_OK && used == bytes);
	CHECK(frame_parse(buf, bytes - 1, &frame, &used) == FRAME_NEED_MORE);
	free(buf);
}

void test_frame(void)
{
	for_each_row("frame.tsv", 6, check_row);
	longest_frame_fits();
}

/* Any bytes: frame_parse() stays inside them and tells the truth about lengths. */
#include <stdlib.h>

#include "../../netboot/agent/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;
	size_t used, at = 0;

	while (frame_parse(data + at, size - at, &frame, &used) == FRAME_OK) {
		uint8_t sum = 0;

		if (used != FRAME_HEADER_BYTES + frame.payload_bytes || used > size - at)
			abort();
		for (size_t i = 0; i < frame.payload_bytes; i++)
			sum = (uint8_t)(sum + frame.payload[i]);
		(void)sum;
		at += used;
	}
	return 0;
}

/* The first byte picks the type, the rest is its payload. */
#include <stdlib.h>
#include <string.h>

#include "../../netboot/agent/data_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t proof[PROOF_BYTES], again[FETCH_BYTES], reason;
	struct data_challenge challenge;
	struct data_fetch fetch;
	struct data_piece piece;
	uint32_t chunk;

	if (size == 0)
		return 0;
	switch (64 + *data++ % 9) {
	case DATA_FETCH:
		if (data_parse_fetch(data, size - 1, &fetch) < 0)
			break;
		data_put_fetch(&fetch, again);
		if (memcmp(again, data, FETCH_BYTES) != 0)
			abort();
		break;
	case DATA_CHALLENGE:
		(void)data_parse_challenge(data, size - 1, &challenge);
		break;
	case DATA_PROVE:
		(void)data_parse_prove(data, size - 1, proof);
		break;
	case DATA_REFUSE:
		if (data_parse_refuse(data, size - 1, &reason) == 0 && refuse_reason_text(reason) == NULL)
			abort();
		break;
	case DATA_PIECE:
		if (data_parse_piece(data, size - 1, &piece) == 0 && piece.bytes != size - 1 - PIECE_HEADER_BYTES)
			abort();
		break;
	default:
		(void)data_parse_chunk(data, size - 1, &chunk);
	}
	return 0;
}

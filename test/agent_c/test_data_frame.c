#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "vectors.h"
#include "../../netboot/agent/data_frame.h"
#include "../../netboot/agent/digest.h"
#include "../../netboot/agent/hex.h"

enum { TEXT_BYTES = 512 };

static void describe_fetch(const struct bytes *in, char *out)
{
	char broadcast[2 * BROADCAST_BYTES + 1], nonce[2 * NONCE_BYTES + 1];
	uint8_t again[FETCH_BYTES];
	struct data_fetch fetch;

	if (data_parse_fetch(in->at, in->count, &fetch) < 0)
		return;
	data_put_fetch(&fetch, again);
	CHECK(memcmp(again, in->at, FETCH_BYTES) == 0);
	hex_encode(fetch.broadcast, BROADCAST_BYTES, broadcast);
	hex_encode(fetch.nonce, NONCE_BYTES, nonce);
	snprintf(out, TEXT_BYTES, "broadcast=%s nonce=%s chunk=%u offset=%u", broadcast, nonce, fetch.chunk,
		 fetch.offset_bytes);
}

static void describe_challenge(const struct bytes *in, char *out)
{
	char nonce[2 * NONCE_BYTES + 1], proof[2 * PROOF_BYTES + 1];
	struct data_challenge challenge;

	if (data_parse_challenge(in->at, in->count, &challenge) < 0)
		return;
	hex_encode(challenge.nonce, NONCE_BYTES, nonce);
	hex_encode(challenge.proof, PROOF_BYTES, proof);
	snprintf(out, TEXT_BYTES, "nonce=%s proof=%s", nonce, proof);
}

static void describe_prove(const struct bytes *in, char *out)
{
	uint8_t bytes[PROOF_BYTES];
	char proof[2 * PROOF_BYTES + 1];

	if (data_parse_prove(in->at, in->count, bytes) < 0)
		return;
	hex_encode(bytes, PROOF_BYTES, proof);
	snprintf(out, TEXT_BYTES, "proof=%s", proof);
}

static void describe_refuse(const struct bytes *in, char *out)
{
	uint8_t reason;

	if (data_parse_refuse(in->at, in->count, &reason) == 0)
		snprintf(out, TEXT_BYTES, "reason=%u", (unsigned int)reason);
}

static void describe_piece(const struct bytes *in, char *out)
{
	char bytes[128];
	struct data_piece piece;

	if (data_parse_piece(in->at, in->count, &piece) < 0)
		return;
	hex_encode(in->at + PIECE_HEADER_BYTES, piece.bytes, bytes);
	snprintf(out, TEXT_BYTES, "chunk=%u offset=%u bytes=%s", piece.chunk, piece.offset_bytes, bytes);
}

static void describe(int type, const struct bytes *in, char *out)
{
	uint32_t chunk;

	snprintf(out, TEXT_BYTES, "BAD_LENGTH");
	switch (type) {
	case DATA_FETCH:
		describe_fetch(in, out);
		break;
	case DATA_CHALLENGE:
		describe_challenge(in, out);
		break;
	case DATA_PROVE:
		describe_prove(in, out);
		break;
	case DATA_REFUSE:
		describe_refuse(in, out);
		break;
	case DATA_PIECE:
		describe_piece(in, out);
		break;
	case DATA_VERIFIED:
	case DATA_RETRACT:
		if (data_parse_chunk(in->at, in->count, &chunk) == 0)
			snprintf(out, TEXT_BYTES, "chunk=%u", chunk);
		break;
	default:
		if (data_parse_empty(in->count) == 0)
			snprintf(out, TEXT_BYTES, "-");
	}
}

static void check_row(const struct row *row)
{
	struct bytes in = bytes_of_hex(row->column[4]);
	const char *wanted = strcmp(row->column[2], "OK") == 0 ? row->column[3] : row->column[2];
	char got[TEXT_BYTES];

	describe(atoi(row->column[1]), &in, got);
	CHECK_ROW(strcmp(got, wanted) == 0, row->column[0]);
	free(in.at);
}

static void check_proof(const struct row *row)
{
	struct bytes key = bytes_of_hex(row->column[1]), broadcast = bytes_of_hex(row->column[2]);
	struct bytes downstream = bytes_of_hex(row->column[3]), upstream = bytes_of_hex(row->column[4]);
	struct data_proof_input in = { key.at, broadcast.at, downstream.at, upstream.at };
	uint8_t proof[PROOF_BYTES];
	char text[2 * PROOF_BYTES + 1];

	proof_of_upstream(&in, proof);
	hex_encode(proof, sizeof(proof), text);
	CHECK_ROW(strcmp(text, row->column[5]) == 0, row->column[0]);
	proof_of_downstream(&in, proof);
	hex_encode(proof, sizeof(proof), text);
	CHECK_ROW(strcmp(text, row->column[6]) == 0, row->column[0]);
	free(key.at);
	free(broadcast.at);
	free(downstream.at);
	free(upstream.at);
}

void test_data_frame(void)
{
	uint8_t header[PIECE_HEADER_BYTES] = { 0 };
	struct data_piece piece;

	for_each_row("data.tsv", 5, check_row);
	for_each_row("data_proof.tsv", 7, check_proof);
	CHECK(data_parse_piece(header, PIECE_HEADER_BYTES + PIECE_MAX_BYTES, &piece) == 0);
	CHECK(data_parse_piece(header, PIECE_HEADER_BYTES + PIECE_MAX_BYTES + 1, &piece) == -EBADMSG);
}

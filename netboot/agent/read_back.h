/* Reads a written disk again and compares it with what was to be written. */
#ifndef AGENT_READ_BACK_H
#define AGENT_READ_BACK_H

#include "digest.h"
#include "manifest.h"
#include "sink.h"

/* What is kept of each entry while the image is written: SHA-256 of its raw bytes. Zeros for runs of zeros. */
struct read_back {
	const struct manifest *manifest;
	uint8_t (*digests)[DIGEST_BYTES];
	uint32_t entry;		/* that the next record is of */
};

int read_back_open(struct read_back *read_back, const struct manifest *manifest);
void read_back_record(void *context, const uint8_t *data, uint64_t bytes);
int read_back_disk(struct read_back *read_back, struct sink *sink, uint8_t raw_digest[static DIGEST_BYTES]);
void read_back_close(struct read_back *read_back);

#endif

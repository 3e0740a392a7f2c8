/* Writes a broadcast's image in order, as it gets checked, and sees that it is the image. */
#ifndef AGENT_IMAGE_WRITER_H
#define AGENT_IMAGE_WRITER_H

#include "digest.h"
#include "sink.h"
#include "store.h"
#include "unpack.h"

struct image_writer {
	struct store *store;
	struct sink *sink;
	struct unpack unpack;
	struct digest digest;		/* of the raw stream */
	uint8_t raw_digest[DIGEST_BYTES];
};

int image_write(struct image_writer *writer);

#endif

/* Writes a broadcast's image in order, as it gets checked, and sees that it is the image. */
#ifndef AGENT_IMAGE_WRITER_H
#define AGENT_IMAGE_WRITER_H

#include "beside.h"
#include "digest.h"
#include "read_back.h"
#include "sink.h"
#include "store.h"
#include "tree.h"
#include "unpack.h"

struct image_writer {
	struct store *store;
	struct sink *sink;
	enum verify verify;
	struct unpack unpack;
	struct digest digest;		/* of the raw stream */
	struct read_back read_back;	/* of a disk */
	struct tree tree;		/* of an archive */
	struct beside whole, parts;	/* the digest of the raw stream; what is kept for reading back */
	uint8_t raw_digest[DIGEST_BYTES];	/* of what was written; zeros when nobody asked */
};

int image_write(struct image_writer *writer);

#endif

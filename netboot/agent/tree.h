/* What tar is to unpack, kept while it does, and compared with what the disk gives back. */
#ifndef AGENT_TREE_H
#define AGENT_TREE_H

#include "content.h"
#include "digest.h"
#include "sink.h"
#include "tar_walk.h"

enum { TREE_ATTRIBUTE = 'X' };

/* A member of the archive, or an extended attribute of the member before it. Texts are offsets in `texts`. */
struct tree_record {
	uint64_t path, link;		/* link: target, or name of the attribute */
	uint64_t bytes;
	uint32_t mode, uid, gid, major, minor;
	char type;
	uint8_t digest[DIGEST_BYTES];	/* of a file's content or an attribute's value */
};

struct tree {
	struct tar_walk walk;
	struct content content;
	bool digesting;			/* the last record is a file whose content streams by */
	bool no_memory;
	struct tree_record *records;
	size_t count, room;
	char *texts;
	size_t texts_bytes, texts_room;
};

int tree_open(struct tree *tree);
void tree_feed(void *tree, const uint8_t *data, uint64_t bytes);
int tree_compare(const struct tree *tree, struct sink *sink);
void tree_close(struct tree *tree);

#endif

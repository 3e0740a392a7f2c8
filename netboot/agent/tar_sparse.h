/* The holes of a sparse file in a tar: GNU's own map, and the three ways of pax records. Parts of the walk. */
#ifndef AGENT_TAR_SPARSE_H
#define AGENT_TAR_SPARSE_H

#include "tar_walk.h"

/* Each false: the archive is not sane. */
bool tar_sparse_add(struct tar_walk *walk, struct tar_segment segment);
bool tar_sparse_offset(struct tar_walk *walk, uint64_t offset);
bool tar_sparse_bytes(struct tar_walk *walk, uint64_t bytes);
bool tar_sparse_map(struct tar_walk *walk, const uint8_t *text, size_t bytes);
bool tar_sparse_map_byte(struct tar_walk *walk, uint8_t byte);

uint64_t tar_sparse_together(struct tar_walk *walk);

#endif

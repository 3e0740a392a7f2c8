/*
 * The memory that a broadcast may use for chunks, as a ring: they come in order and go in
 * order, so nothing is ever cut into pieces, and pages that were used once are used again
 * instead of being taken anew from the kernel, which costs more than receiving into them.
 */
#ifndef AGENT_ARENA_H
#define AGENT_ARENA_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct blob;

struct arena {
	pthread_mutex_t lock;
	uint8_t *base;
	size_t bytes;
	struct blob *oldest, *newest;
};

int arena_open(struct arena *arena, size_t bytes);
void arena_forget(struct arena *arena);
void arena_close(struct arena *arena);
struct blob *arena_take(struct arena *arena, size_t bytes);
void arena_give_back(struct arena *arena, struct blob *blob);

#endif

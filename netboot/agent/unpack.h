/*
 * Decompresses checked chunks ahead of the writer, in a few threads. Each takes a free buffer
 * and the lowest chunk not taken yet in one step, so the chunk that the writer
 * waits for always has a buffer.
 */
#ifndef AGENT_UNPACK_H
#define AGENT_UNPACK_H

#include "store.h"

enum { UNPACK_THREADS_MAX = 4, UNPACK_SLOTS_MAX = UNPACK_THREADS_MAX + 1 };

enum unpack_state { UNPACK_FREE, UNPACK_BUSY, UNPACK_READY, UNPACK_FAILED };

struct unpack_slot {
	enum unpack_state state;
	uint32_t chunk;
	uint8_t *raw;
};

/* All but the threads' own work is under the store's lock. */
struct unpack {
	struct store *store;
	unsigned int thread_count, slot_count;
	pthread_t threads[UNPACK_THREADS_MAX];
	struct unpack_slot slots[UNPACK_SLOTS_MAX];
	uint32_t next;
	bool stopping;
};

int unpack_start(struct unpack *unpack, struct store *store);
int unpack_wait(struct unpack *unpack, uint32_t chunk, struct unpack_slot **out);
void unpack_give_back(struct unpack *unpack, struct unpack_slot *slot);
void unpack_stop(struct unpack *unpack);

#endif

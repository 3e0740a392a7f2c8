/*
 * Digests of chunks, computed in threads of their own while the chunks still grow, so that
 * neither fetching nor feeding waits for them.
 */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include "store.h"

enum {
	CHECK_THREADS_MAX = 4,
	CHECK_STEP_BYTES = 256 * 1024,	/* hashed at a time: less would wake a thread more often than it pays */
};

struct checker {
	struct store *store;
	unsigned int thread_count;
	pthread_t threads[CHECK_THREADS_MAX];
};

int checker_start(struct checker *checker, struct store *store);
void checker_join(struct checker *checker);

/* The caller holds the lock. */
void store_found_right(struct store *store, uint32_t chunk);
void store_found_bad(struct store *store, uint32_t chunk);

#endif

/*
 * Work on bytes in a thread of its own, while the caller does something else with the same
 * bytes: a digest takes as long as a disk.
 */
#ifndef AGENT_BESIDE_H
#define AGENT_BESIDE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* data NULL: that many zeros. */
typedef void beside_work(void *context, const uint8_t *data, uint64_t bytes);

struct beside {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	beside_work *work;	/* NULL: not open */
	void *context;
	const uint8_t *data;
	uint64_t bytes;
	bool busy, stopping;
};

int beside_open(struct beside *beside, beside_work *work, void *context);
void beside_begin(struct beside *beside, const uint8_t *data, uint64_t bytes);
void beside_wait(struct beside *beside);
void beside_close(struct beside *beside);

/* Work for a context that is a struct digest. */
void beside_digest(void *context, const uint8_t *data, uint64_t bytes);

#endif

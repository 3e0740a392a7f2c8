/* Time that never jumps: a node has no clock worth believing. */
#ifndef AGENT_CLOCK_H
#define AGENT_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since boot. */
static inline int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A moment of CLOCK_MONOTONIC for pthread_cond_clockwait() and the like. */
static inline struct timespec timespec_of_ms(int64_t at_ms)
{
	return (struct timespec){ .tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000 };
}

/* Back-off: 0.2 s doubling to 2 s. Pass 0 first, then what it returned. */
static inline int next_backoff_ms(int previous_ms)
{
	if (previous_ms == 0)
		return 200;
	return previous_ms >= 1000 ? 2000 : previous_ms * 2;
}

#endif

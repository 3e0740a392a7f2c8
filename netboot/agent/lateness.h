/* How late a thread was lately for what it does again and again: whether it got a processor when it wanted one. No clock. */
#ifndef AGENT_LATENESS_H
#define AGENT_LATENESS_H

#include <stdint.h>

enum { LATENESS_PERIOD_MS = 2000 };

struct lateness {
	int64_t last_ms;	/* 0: never yet */
	int64_t period_ms;	/* when the present period began */
	int64_t most_ms;	/* in it, */
	int64_t most_before_ms;	/* and in the one before */
};

void lateness_note(struct lateness *lateness, int64_t now, int64_t every_ms);
uint64_t lateness_most(const struct lateness *lateness);

#endif

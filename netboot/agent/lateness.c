#include "lateness.h"

/* It is at it now, and should be every `every_ms`, or sooner. */
void lateness_note(struct lateness *lateness, int64_t now, int64_t every_ms)
{
	int64_t late_ms = lateness->last_ms == 0 ? 0 : now - lateness->last_ms - every_ms;

	lateness->last_ms = now;
	if (now - lateness->period_ms >= LATENESS_PERIOD_MS) {
		lateness->most_before_ms = now - lateness->period_ms < 2 * LATENESS_PERIOD_MS ? lateness->most_ms : 0;
		lateness->most_ms = 0;
		lateness->period_ms = now;
	}
	if (late_ms > lateness->most_ms)
		lateness->most_ms = late_ms;
}

/* The most in the last LATENESS_PERIOD_MS, or a little longer. */
uint64_t lateness_most(const struct lateness *lateness)
{
	return (uint64_t)(lateness->most_ms > lateness->most_before_ms ? lateness->most_ms : lateness->most_before_ms);
}

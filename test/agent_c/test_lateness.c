#include "check.h"
#include "../../netboot/agent/lateness.h"

enum { EVERY_MS = 100 };

/* It comes so late so many times in a row. */
static void pass(struct lateness *lateness, unsigned int times, int64_t late_ms)
{
	int64_t now = lateness->last_ms == 0 ? 5000 : lateness->last_ms;

	while (times-- > 0) {
		now += EVERY_MS + late_ms;
		lateness_note(lateness, now, EVERY_MS);
	}
}

void test_lateness(void)
{
	struct lateness lateness = { 0 };

	CHECK(lateness_most(&lateness) == 0);
	pass(&lateness, 1, 4000);		/* the first time it cannot be late */
	CHECK(lateness_most(&lateness) == 0);
	pass(&lateness, 5, 3);
	pass(&lateness, 1, -80);		/* sooner than it must */
	CHECK(lateness_most(&lateness) == 3);
	pass(&lateness, 1, 70);
	pass(&lateness, 18, 1);
	CHECK(lateness_most(&lateness) == 70);	/* remembered for a while, */
	pass(&lateness, 40, 1);
	CHECK(lateness_most(&lateness) == 1);	/* and forgotten */
	pass(&lateness, 1, 9000);		/* nothing in between counts */
	CHECK(lateness_most(&lateness) == 9000);
}

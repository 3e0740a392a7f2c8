#include <stdio.h>

#include "check.h"

unsigned int checks_done, checks_failed;

void check_that(bool ok, const char *what, const char *file, int line)
{
	checks_done++;
	if (ok)
		return;
	checks_failed++;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
}

int main(void)
{
	test_frame();
	test_data_frame();
	test_manifest();
	test_json();
	test_control();
	test_settings();
	test_upstreams();
	test_store();
	test_feed_look();
	test_feed_watch();
	test_lateness();
	test_fetch();
	test_outbox();
	test_lldp();
	test_jobs();
	test_sink();
	test_sink_disk();
	test_tree();
	printf("agent: %u checks, %u failed\n", checks_done, checks_failed);
	return checks_failed > 0 || checks_done < 500 ? 1 : 0;	/* fewer: a table was not read */
}

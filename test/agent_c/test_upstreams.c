#include <string.h>

#include "check.h"
#include "../../netboot/agent/upstreams.h"

static struct endpoint_list list_of(size_t count, const uint16_t ports[])
{
	struct endpoint_list list = { .count = count };

	for (size_t i = 0; i < count; i++)
		list.at[i] = (struct endpoint){ 0x7f000001, ports[i] };
	return list;
}

static void goes_round(void)
{
	struct endpoint_list list = list_of(3, (const uint16_t[]){ 1, 2, 3 });
	static struct upstreams u;

	upstreams_init(&u, &list);
	CHECK(upstreams_next(&u).port == 1);
	CHECK(upstreams_next(&u).port == 1);	/* until it fails */
	CHECK(!upstreams_failed(&u, "gone"));
	CHECK(upstreams_next(&u).port == 2 && !upstreams_failed(&u, "gone"));
	CHECK(upstreams_next(&u).port == 3 && upstreams_failed(&u, "gone"));	/* a round in vain: pause */
	CHECK(upstreams_next(&u).port == 1 && !upstreams_failed(&u, "gone"));
	CHECK(upstreams_next(&u).port == 2);
	upstreams_progress(&u);
	CHECK(!upstreams_failed(&u, "gone"));
	CHECK(upstreams_next(&u).port == 3 && !upstreams_failed(&u, "gone"));	/* counted from the progress on */
}

static void takes_off_who_is_bad_twice(void)
{
	struct endpoint_list list = list_of(2, (const uint16_t[]){ 1, 2 });
	static struct upstreams u;

	upstreams_init(&u, &list);
	for (int i = 0; i < 2; i++) {
		CHECK(upstreams_next(&u).port == 1);
		upstreams_gave_bad_chunk(&u);
		(void)upstreams_failed(&u, "gone");
		CHECK(upstreams_next(&u).port == 2);
		(void)upstreams_failed(&u, "gone");
	}
	CHECK(upstreams_next(&u).port == 2);	/* 1 is off the list */
	upstreams_gave_bad_chunk(&u);
	upstreams_gave_bad_chunk(&u);
	(void)upstreams_failed(&u, "gone");
	CHECK(upstreams_next(&u).port == 1);	/* all are bad: all are tried again */
}

static bool in_force_is(struct upstreams *u, const char *name)
{
	char list[LIST_NAME_BYTES];

	upstreams_in_force(u, list);
	return strcmp(list, name) == 0;
}

/* A list is in force from when nobody can be asked any more who is only on an older one. */
static void names_the_list_in_force(void)
{
	struct endpoint_list a = list_of(2, (const uint16_t[]){ 1, 2 }), b = list_of(2, (const uint16_t[]){ 1, 3 });
	struct endpoint_list c = list_of(1, (const uint16_t[]){ 4 }), d = list_of(1, (const uint16_t[]){ 5 });
	static struct upstreams u;

	strcpy(a.name, "a");
	strcpy(b.name, "b");
	strcpy(c.name, "c");
	strcpy(d.name, "d");
	upstreams_init(&u, &a);
	CHECK(in_force_is(&u, "a"));
	(void)upstreams_next(&u);
	CHECK(!upstreams_replace(&u, &b) && in_force_is(&u, "b"));	/* the same first one: nothing to leave */
	CHECK(upstreams_replace(&u, &c) && in_force_is(&u, "b"));	/* still fed by it */
	upstreams_left(&u, "the appliance named another");
	CHECK(in_force_is(&u, "b"));
	CHECK(upstreams_next(&u).port == 4 && in_force_is(&u, "c"));
	upstreams_done(&u);
	CHECK(upstreams_replace(&u, &d) && in_force_is(&u, "d"));	/* who has all of it asks nobody */
}

static void takes_a_new_list(void)
{
	struct endpoint_list list = list_of(2, (const uint16_t[]){ 1, 2 }), same = list_of(2, (const uint16_t[]){ 1, 9 });
	struct endpoint_list other = list_of(2, (const uint16_t[]){ 5, 1 });
	struct endpoint current = { 0, 0 };
	static struct upstreams u;

	upstreams_init(&u, &list);
	CHECK(!upstreams_current(&u, &current));
	(void)upstreams_next(&u);
	CHECK(upstreams_current(&u, &current) && current.port == 1);
	CHECK(!upstreams_replace(&u, &same));	/* still fed by its first: stay */
	CHECK(upstreams_replace(&u, &other));
	CHECK(upstreams_next(&u).port == 5);
	CHECK(!upstreams_failed(&u, "gone") && upstreams_next(&u).port == 1);
	upstreams_done(&u);
	CHECK(!upstreams_current(&u, &current));
}

static void leaves_the_first_of_a_shorter_list_alone(void)
{
	struct endpoint_list list = list_of(3, (const uint16_t[]){ 1, 2, 3 }), one = list_of(1, (const uint16_t[]){ 7 });
	static struct upstreams u;

	upstreams_init(&u, &list);
	(void)upstreams_next(&u);
	(void)upstreams_failed(&u, "gone");
	(void)upstreams_next(&u);
	CHECK(upstreams_replace(&u, &one));
	CHECK(upstreams_failed(&u, "gone"));	/* the old one failing is no reason to step past the new first */
	CHECK(upstreams_next(&u).port == 7);
}

static void counts_bytes_by_upstream(void)
{
	struct endpoint_list list = list_of(2, (const uint16_t[]){ 1, 2 });
	static struct upstreams u;

	upstreams_init(&u, &list);
	(void)upstreams_next(&u);
	upstreams_gave(&u, 10);
	(void)upstreams_failed(&u, "gone");
	(void)upstreams_next(&u);
	upstreams_gave(&u, 5);
	upstreams_gave(&u, 6);
	CHECK(u.peer_count == 2 && u.peers[0].bytes == 10 && u.peers[1].bytes == 11);
}

static void remembers_whom_it_left_and_why(void)
{
	struct endpoint_list list = list_of(2, (const uint16_t[]){ 1, 2 });
	char last[CHANGE_TEXT_BYTES], endless[2 * CHANGE_TEXT_BYTES];
	struct endpoint current;
	static struct upstreams u;

	upstreams_init(&u, &list);
	CHECK(upstreams_changes(&u, last) == 0 && last[0] == '\0');
	(void)upstreams_next(&u);
	(void)upstreams_failed(&u, "it was silent");
	CHECK(upstreams_changes(&u, last) == 1 && strcmp(last, "Left 127.0.0.1:1: it was silent") == 0);
	(void)upstreams_next(&u);
	upstreams_left(&u, "another was named");
	CHECK(!upstreams_current(&u, &current));
	CHECK(upstreams_changes(&u, last) == 2 && strcmp(last, "Left 127.0.0.1:2: another was named") == 0);
	CHECK(upstreams_next(&u).port == 2);	/* being left is no failure of the list */
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	(void)upstreams_failed(&u, endless);
	CHECK(upstreams_changes(&u, last) == 3 && strlen(last) == CHANGE_TEXT_BYTES - 1);
}

void test_upstreams(void)
{
	goes_round();
	takes_off_who_is_bad_twice();
	takes_a_new_list();
	names_the_list_in_force();
	leaves_the_first_of_a_shorter_list_alone();
	counts_bytes_by_upstream();
	remembers_whom_it_left_and_why();
}

/* A check that fails is printed with its place and counted; the program ends with 1 then. */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <stdbool.h>

extern unsigned int checks_done, checks_failed;

void check_that(bool ok, const char *what, const char *file, int line);

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_ROW(condition, what) check_that((condition), (what), __FILE__, __LINE__)

void test_frame(void);
void test_data_frame(void);
void test_manifest(void);
void test_json(void);
void test_control(void);
void test_settings(void);
void test_upstreams(void);
void test_store(void);
void test_feed_look(void);
void test_feed_watch(void);
void test_lateness(void);
void test_fetch(void);
void test_outbox(void);
void test_lldp(void);
void test_jobs(void);
void test_sink(void);
void test_sink_disk(void);
void test_tree(void);

#endif

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "../../netboot/agent/jobs.h"

static int killed, repeated, released;

static void on_kill(void *work)
{
	(void)work;
	killed++;
}

static void on_repeat(void *work)
{
	(void)work;
	repeated++;
}

static void on_release(void *work)
{
	(void)work;
	released++;
}

static bool has_news;

static bool on_look(void *work, int64_t now)
{
	(void)work;
	return has_news && now == 7;
}

static const struct job_work run_like = { .kind = JOB_RUN, .kill = on_kill, .repeat = on_repeat, .release = on_release };
static const struct job_work receive_like = {
	.kind = JOB_RECEIVE, .kill = on_kill, .look = on_look, .repeat = on_repeat, .release = on_release,
};

static unsigned int sent(struct outbox *box)
{
	unsigned int count = 0;

	while (outbox_first(box) != NULL) {
		(void)outbox_sent_first(box);
		count++;
	}
	return count;
}

static void knows_its_jobs(struct jobs *jobs, struct outbox *box)
{
	struct job_result result = { .type = 9, .json = "{}", .json_bytes = 2 };
	char work;

	CHECK(jobs_ask_again(jobs, "a") == JOB_UNKNOWN);
	CHECK(jobs_begin(jobs, "a", &run_like, &work) == 0);
	CHECK(jobs_ask_again(jobs, "a") == JOB_RUNNING && repeated == 1 && sent(box) == 0);
	jobs_release(jobs, "a");
	CHECK(jobs_ask_again(jobs, "a") == JOB_RUNNING);	/* what runs is not forgotten */
	jobs_kill(jobs, "a");
	jobs_kill(jobs, "nobody");
	CHECK(killed == 1);
	CHECK(jobs_lock_work(jobs, "a", &receive_like) == NULL);
	jobs_end(jobs, "a", &result);
	CHECK(released == 1 && sent(box) == 1);
	CHECK(jobs_ask_again(jobs, "a") == JOB_ENDED && sent(box) == 1);
	jobs_kill(jobs, "a");
	CHECK(killed == 1);
	jobs_release(jobs, "a");
	CHECK(released == 1 && jobs_ask_again(jobs, "a") == JOB_UNKNOWN);
}

static void keeps_receives_until_release(struct jobs *jobs, struct outbox *box)
{
	struct job_result result = { .type = 13, .json = "{}", .json_bytes = 2 };
	struct json_writer w;
	size_t bytes = 0;
	char work, text[256];

	released = 0;
	CHECK(jobs_look(jobs, 7) == JOBS_QUIET);
	CHECK(jobs_begin(jobs, "b", &receive_like, &work) == 0);
	CHECK(jobs_look(jobs, 7) == JOBS_BUSY);
	has_news = true;
	CHECK(jobs_look(jobs, 7) == JOBS_URGENT && jobs_look(jobs, 8) == JOBS_BUSY);
	jobs_end(jobs, "b", &result);
	CHECK(jobs_look(jobs, 7) == JOBS_QUIET);	/* who only feeds others has no news of its own */
	CHECK(released == 0 && sent(box) == 1);
	json_begin(&w, text, sizeof(text));
	json_open(&w, NULL, '[');
	jobs_put_states(jobs, &w, false);
	json_close(&w, ']');
	CHECK(json_done(&w, &bytes) == 0);
	text[bytes] = '\0';
	CHECK(strcmp(text, "[{\"id\":\"b\",\"kind\":\"receive\",\"state\":\"ended\"}]") == 0);
	jobs_release(jobs, "b");
	CHECK(released == 1);
}

static void has_bounds(struct jobs *jobs, struct outbox *box)
{
	struct job_result result = { .type = 9, .json = "{}", .json_bytes = 2 };
	char work, id[16];

	for (int i = 0; i < JOBS_RUNNING_MAX; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		CHECK(jobs_begin(jobs, id, &run_like, &work) == 0);
	}
	CHECK(jobs_begin(jobs, "one more", &run_like, &work) == -EBUSY);
	for (int i = 0; i < JOBS_RUNNING_MAX; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		jobs_end(jobs, id, &result);
	}
	for (int i = 0; i < JOBS_ENDED_MAX - 1; i++) {
		snprintf(id, sizeof(id), "e%d", i);
		CHECK(jobs_begin(jobs, id, &run_like, &work) == 0);
		jobs_end(jobs, id, &result);
	}
	CHECK(jobs->ended_count == JOBS_ENDED_MAX && jobs->running_count == 0);
	(void)sent(box);
	CHECK(jobs_ask_again(jobs, "r62") == JOB_UNKNOWN);	/* the oldest are gone */
	CHECK(jobs_ask_again(jobs, "r63") == JOB_ENDED);
	for (struct job *job = jobs->first; job != NULL; job = jobs->first)
		jobs_release(jobs, job->id);
	(void)sent(box);
}

void test_jobs(void)
{
	struct outbox box;
	struct jobs jobs;

	CHECK(outbox_init(&box) == 0);
	jobs_init(&jobs, &box);
	knows_its_jobs(&jobs, &box);
	keeps_receives_until_release(&jobs, &box);
	has_bounds(&jobs, &box);
	close(box.wake_fd);
}

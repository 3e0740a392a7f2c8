#include "jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

void jobs_init(struct jobs *jobs, struct outbox *outbox)
{
	memset(jobs, 0, sizeof(*jobs));
	pthread_mutex_init(&jobs->lock, NULL);
	jobs->outbox = outbox;
}

/* The caller holds the lock. */
static struct job **find(struct jobs *jobs, const char *id)
{
	struct job **at = &jobs->first;

	while (*at != NULL && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

/* Take an ended job out of the table. The caller holds the lock. */
static void forget(struct jobs *jobs, struct job **at)
{
	struct job *job = *at;

	*at = job->next;
	jobs->ended_count--;
	if (job->work != NULL)
		job->can->release(job->work);
	free(job->result);
	free(job);
}

static void forget_oldest_ended(struct jobs *jobs)
{
	struct job **at = &jobs->first;

	while (*at != NULL && !(*at)->ended)
		at = &(*at)->next;
	if (*at != NULL)
		forget(jobs, at);
}

/*
 * A request came in: is its id known? While it runs, its work repeats what it has told; when it
 * has ended, its result goes out again. Only JOB_UNKNOWN is to be started.
 */
enum job_status jobs_ask_again(struct jobs *jobs, const char *id)
{
	enum job_status status = JOB_UNKNOWN;
	struct job *job;

	pthread_mutex_lock(&jobs->lock);
	job = *find(jobs, id);
	if (job != NULL) {
		status = job->ended ? JOB_ENDED : JOB_RUNNING;
		if (job->ended)
			(void)outbox_put(jobs->outbox, job->result_type, job->result, job->result_bytes);
		else if (job->can->repeat != NULL)
			job->can->repeat(job->work);
	}
	pthread_mutex_unlock(&jobs->lock);
	return status;
}

/* Enter new work in the table. Returns 0, -EBUSY when too many run, or -ENOMEM. */
int jobs_begin(struct jobs *jobs, const char *id, const struct job_work *can, void *work)
{
	struct job *job = calloc(1, sizeof(*job));
	bool place;

	if (job == NULL)
		return -ENOMEM;
	memcpy(job->id, id, strlen(id) + 1);
	job->can = can;
	job->work = work;
	pthread_mutex_lock(&jobs->lock);
	place = jobs->running_count < JOBS_RUNNING_MAX;
	if (place) {
		*find(jobs, id) = job;	/* not there, so this is the end of the list */
		jobs->running_count++;
	}
	pthread_mutex_unlock(&jobs->lock);
	if (place)
		return 0;
	free(job);
	return -EBUSY;
}

/* The work is done: keep its result, send it, and let a run's work go. Called once, by the job's thread. */
void jobs_end(struct jobs *jobs, const char *id, const struct job_result *result)
{
	char *copy = malloc(result->json_bytes);
	struct job *job;

	if (copy == NULL)
		abort();	/* a result that is not told would be waited for for ever */
	memcpy(copy, result->json, result->json_bytes);
	pthread_mutex_lock(&jobs->lock);
	job = *find(jobs, id);
	job->ended = true;
	job->result_type = result->type;
	job->result = copy;
	job->result_bytes = result->json_bytes;
	if (job->can->kind == JOB_RUN) {
		job->can->release(job->work);
		job->work = NULL;
	}
	jobs->running_count--;
	jobs->ended_count++;
	(void)outbox_put(jobs->outbox, job->result_type, job->result, job->result_bytes);
	if (jobs->ended_count > JOBS_ENDED_MAX)
		forget_oldest_ended(jobs);
	pthread_mutex_unlock(&jobs->lock);
}

/* The work of a running job of this kind with the table locked, or NULL with it not locked. */
void *jobs_lock_work(struct jobs *jobs, const char *id, const struct job_work *can)
{
	struct job *job;

	pthread_mutex_lock(&jobs->lock);
	job = *find(jobs, id);
	if (job != NULL && !job->ended && job->can == can)
		return job->work;
	pthread_mutex_unlock(&jobs->lock);
	return NULL;
}

void jobs_unlock(struct jobs *jobs)
{
	pthread_mutex_unlock(&jobs->lock);
}

void jobs_kill(struct jobs *jobs, const char *id)
{
	struct job *job;

	pthread_mutex_lock(&jobs->lock);
	job = *find(jobs, id);
	if (job != NULL && !job->ended)
		job->can->kill(job->work);
	pthread_mutex_unlock(&jobs->lock);
}

/* Forget an ended job; one that still runs is left alone. */
void jobs_release(struct jobs *jobs, const char *id)
{
	struct job **at;

	pthread_mutex_lock(&jobs->lock);
	at = find(jobs, id);
	if (*at != NULL && (*at)->ended)
		forget(jobs, at);
	pthread_mutex_unlock(&jobs->lock);
}

void jobs_wake_all(struct jobs *jobs)
{
	pthread_mutex_lock(&jobs->lock);
	for (struct job *job = jobs->first; job != NULL; job = job->next)
		if (!job->ended && job->can->wake != NULL)
			job->can->wake(job->work);
	pthread_mutex_unlock(&jobs->lock);
}

/* Look after jobs that are to be looked after often while they run: JOBS_QUIET when there are none. */
enum jobs_news jobs_look(struct jobs *jobs, int64_t now)
{
	enum jobs_news news = JOBS_QUIET;

	pthread_mutex_lock(&jobs->lock);
	for (struct job *job = jobs->first; job != NULL; job = job->next) {
		if (job->ended || job->can->look == NULL)
			continue;
		if (job->can->look(job->work, now))
			news = JOBS_URGENT;
		else if (news == JOBS_QUIET)
			news = JOBS_BUSY;
	}
	pthread_mutex_unlock(&jobs->lock);
	return news;
}

/* Write JOBSTATE for every job, or only for those that still do something (run, or feed others). */
void jobs_put_states(struct jobs *jobs, struct json_writer *w, bool all)
{
	pthread_mutex_lock(&jobs->lock);
	for (struct job *job = jobs->first; job != NULL; job = job->next) {
		if (!all && job->work == NULL)
			continue;
		json_open(w, NULL, '{');
		json_put_text(w, "id", job->id);
		json_put_text(w, "kind", job->can->kind == JOB_RUN ? "run" : "receive");
		json_put_text(w, "state", job->ended ? "ended" : "running");
		if (job->can->state != NULL && job->work != NULL)
			job->can->state(job->work, w);
		json_close(w, '}');
	}
	pthread_mutex_unlock(&jobs->lock);
}

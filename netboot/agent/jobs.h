/*
 * The jobs that the appliance asked for, by id: PROTOCOL.md section 2.2.
 * Only the link's thread begins jobs; a job's own thread ends it.
 */
#ifndef AGENT_JOBS_H
#define AGENT_JOBS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control.h"
#include "json_writer.h"
#include "outbox.h"

enum { JOBS_RUNNING_MAX = 64, JOBS_ENDED_MAX = 256 };

enum job_kind { JOB_RUN, JOB_RECEIVE };
enum job_status { JOB_UNKNOWN, JOB_RUNNING, JOB_ENDED };

/*
 * What a kind of work can be asked. Called with the table locked: they must
 * not block and not call the table. `release` gives the table's share of work back.
 */
struct job_work {
	enum job_kind kind;
	void (*kill)(void *work);
	void (*wake)(void *work);	/* the outbox has room, or the connection changed */
	void (*state)(void *work, struct json_writer *w);	/* more members of JOBSTATE; may be NULL */
	bool (*look)(void *work, int64_t now);	/* is there something that should not wait for the next heartbeat? may be NULL */
	void (*repeat)(void *work);	/* the request came again while it runs; may be NULL */
	void (*release)(void *work);
};

struct job {
	struct job *next;
	char id[JOB_ID_BYTES];
	const struct job_work *can;
	void *work;		/* a run's is gone once it has ended */
	bool ended;
	uint8_t result_type;
	char *result;		/* JSON */
	size_t result_bytes;
};

struct jobs {
	pthread_mutex_t lock;
	struct job *first;	/* oldest first */
	unsigned int running_count, ended_count;
	struct outbox *outbox;
};

struct job_result {
	uint8_t type;
	const char *json;
	size_t json_bytes;
};

void jobs_init(struct jobs *jobs, struct outbox *outbox);
enum job_status jobs_ask_again(struct jobs *jobs, const char *id);
int jobs_begin(struct jobs *jobs, const char *id, const struct job_work *can, void *work);
void jobs_end(struct jobs *jobs, const char *id, const struct job_result *result);
void *jobs_lock_work(struct jobs *jobs, const char *id, const struct job_work *can);
void jobs_unlock(struct jobs *jobs);
void jobs_kill(struct jobs *jobs, const char *id);
void jobs_release(struct jobs *jobs, const char *id);
void jobs_wake_all(struct jobs *jobs);
enum jobs_news { JOBS_QUIET, JOBS_BUSY, JOBS_URGENT };
enum jobs_news jobs_look(struct jobs *jobs, int64_t now);
void jobs_put_states(struct jobs *jobs, struct json_writer *w, bool all);

#endif

#include "run.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "run_output.h"
#include "run_report.h"
#include "run_request.h"
#include "spawn.h"
#include "thread.h"

enum { TERM_TO_KILL_MS = 2000, ORPHAN_WAIT_MS = 1000 };

struct run {
	struct jobs *jobs;
	char id[JOB_ID_BYTES];
	int64_t time_limit_ms;
	struct run_arrays arrays;
	struct run_output output[2];
	int wake_fd;
	atomic_bool kill_asked;

	pid_t pid;
	int pid_fd;		/* readable once the leader has exited */
	bool exited, timed_out, killed;
	int64_t deadline_ms, kill_at_ms, drained_at_ms;
	siginfo_t status;
};

static void run_wake(void *work)
{
	struct run *run = work;

	(void)eventfd_write(run->wake_fd, 1);
}

static void run_kill(void *work)
{
	struct run *run = work;

	atomic_store(&run->kill_asked, true);
	run_wake(run);
}

static void run_free(void *work)
{
	struct run *run = work;

	run_arrays_free(&run->arrays);
	output_end(&run->output[0]);
	output_end(&run->output[1]);
	close(run->wake_fd);
	free(run);
}

static const struct job_work run_work = {
	.kind = JOB_RUN, .kill = run_kill, .wake = run_wake, .release = run_free,
};

/* Write the script's file and start it. Returns 0 or -errno. */
static int run_spawn(struct run *run)
{
	struct spawn_request request = {
		.argv = run->arrays.argv, .envp = run->arrays.envp, .input_fd = -1, .output_fd = -1, .error_fd = -1,
	};
	int rc;

	rc = spawn_write_script(run->arrays.script, run->arrays.script_bytes, run->arrays.path);
	if (rc < 0)
		return rc;
	rc = output_open(&run->output[0], &request.output_fd);
	if (rc == 0)
		rc = output_open(&run->output[1], &request.error_fd);
	if (rc == 0)
		rc = spawn_process(&request, &run->pid);
	if (request.output_fd >= 0)
		close(request.output_fd);
	if (request.error_fd >= 0)
		close(request.error_fd);
	if (rc == 0) {
		run->pid_fd = pidfd_open(run->pid, 0);
		if (run->pid_fd < 0) {
			rc = -errno;
			kill(-run->pid, SIGKILL);
			waitpid(run->pid, NULL, 0);
		}
	}
	if (rc < 0)
		unlink(run->arrays.path);
	return rc;
}

/*
 * Send the signals that are due. The leader stays a zombie until run_reap(), so its
 * process group number cannot be given to anybody else meanwhile.
 */
static void send_signals(struct run *run, int64_t now)
{
	if (!run->exited && !run->timed_out && now >= run->deadline_ms) {
		run->timed_out = true;
		run->kill_at_ms = now + TERM_TO_KILL_MS;
		kill(-run->pid, SIGTERM);
	}
	if (run->killed)
		return;
	if (atomic_load(&run->kill_asked) || (run->timed_out && now >= run->kill_at_ms)) {
		run->killed = true;
		kill(-run->pid, SIGKILL);
	}
}

/* Once the leader has been gone for ORPHAN_WAIT_MS, take what is in the pipes and no more. */
static void finish_outputs(struct run *run, int64_t now)
{
	if (!run->exited || now < run->drained_at_ms)
		return;
	for (int i = 0; i < 2; i++) {
		struct run_output *output = &run->output[i];

		if (output->fd < 0 || output->waiting)
			continue;
		output_read(output, output_unread(output));
		output_end(output);
	}
}

/* Nothing left to read or to send. Of a killed script, what nobody listens to will not be waited for. */
static bool all_delivered(struct run *run)
{
	bool killed = atomic_load(&run->kill_asked);

	for (int i = 0; i < 2; i++)
		if (run->output[i].fd >= 0 || (run->output[i].kept > 0 && !killed))
			return false;
	return true;
}

static int until(int64_t at_ms, int64_t now, int limit_ms)
{
	int64_t left = at_ms - now;

	if (left < 0)
		left = 0;
	return limit_ms < 0 || left < limit_ms ? (int)(left < INT_MAX ? left : INT_MAX) : limit_ms;
}

/* How long nothing needs to be done unless something happens; -1: for ever. */
static int pause_ms(const struct run *run, int64_t now)
{
	int limit_ms = -1;

	if (!run->exited && !run->timed_out)
		limit_ms = until(run->deadline_ms, now, limit_ms);
	if (run->timed_out && !run->killed)
		limit_ms = until(run->kill_at_ms, now, limit_ms);
	/* A stream that waits for the outbox or the appliance is woken, not timed. */
	for (int i = 0; run->exited && i < 2; i++)
		if (run->output[i].fd >= 0 && !run->output[i].waiting)
			limit_ms = until(run->drained_at_ms, now, limit_ms);
	return limit_ms;
}

static void wait_for_something(struct run *run)
{
	struct pollfd fds[4] = {
		{ .fd = run->wake_fd, .events = POLLIN },
		{ .fd = run->exited ? -1 : run->pid_fd, .events = POLLIN },
	};
	eventfd_t ignored;

	for (int i = 0; i < 2; i++)
		fds[2 + i] = (struct pollfd){ .fd = run->output[i].waiting ? -1 : run->output[i].fd, .events = POLLIN };
	if (poll(fds, 4, pause_ms(run, now_ms())) < 0)
		return;
	if (fds[0].revents != 0)
		(void)eventfd_read(run->wake_fd, &ignored);
	if (fds[1].revents != 0) {
		run->exited = true;
		run->drained_at_ms = now_ms() + ORPHAN_WAIT_MS;
	}
	for (int i = 0; i < 2; i++)
		if (fds[2 + i].revents != 0)
			output_read(&run->output[i], OUTPUT_KEEP_BYTES);
}

static void run_supervise(struct run *run)
{
	run->deadline_ms = now_ms() + run->time_limit_ms;
	for (;;) {
		int64_t now = now_ms();

		send_signals(run, now);
		for (int i = 0; i < 2; i++)
			output_deliver(&run->output[i], run->jobs->outbox, run->id);
		finish_outputs(run, now);
		for (int i = 0; i < 2; i++)
			output_deliver(&run->output[i], run->jobs->outbox, run->id);
		if (run->exited && all_delivered(run))
			return;
		wait_for_something(run);
	}
}

/* Take the leader's status, after the rest of a group that was to end. */
static void run_reap(struct run *run)
{
	if (run->timed_out || atomic_load(&run->kill_asked))
		kill(-run->pid, SIGKILL);
	while (waitid(P_PIDFD, (id_t)run->pid_fd, &run->status, WEXITED) < 0 && errno == EINTR)
		;
	close(run->pid_fd);
	unlink(run->arrays.path);
}

static void *run_thread(void *argument)
{
	struct run *run = argument;
	struct exit_report report = { .code = -1, .signal = -1 };
	struct job_result result = { .type = CONTROL_EXITED };
	char json[EXITED_BYTES], error[256];
	int rc = run_spawn(run);

	if (rc < 0) {
		snprintf(error, sizeof(error), "Cannot start the script: %s", strerror(-rc));
		report.error = error;
	} else {
		run_supervise(run);
		run_reap(run);
		report.timed_out = run->timed_out;
		if (run->status.si_code == CLD_EXITED)
			report.code = run->status.si_status;
		else
			report.signal = run->status.si_status;
	}
	result.json = json;
	result.json_bytes = put_exited(run->id, &report, json);
	jobs_end(run->jobs, run->id, &result);	/* frees run */
	return NULL;
}

static struct run *run_new(struct jobs *jobs, const struct control_run *request)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->jobs = jobs;
	memcpy(run->id, request->id, sizeof(run->id));
	run->time_limit_ms = (int64_t)request->time_limit_ms;
	run->output[0] = (struct run_output){ .fd = -1, .type = CONTROL_STDOUT };
	run->output[1] = (struct run_output){ .fd = -1, .type = CONTROL_STDERR };
	run->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return run;
}

/* Start the script of a request whose id is new. What prevents it is told with `exited`. */
void run_start(struct jobs *jobs, const struct control_run *request)
{
	struct run *run = run_new(jobs, request);
	struct exit_report report = { .code = -1, .signal = -1, .error = "Cannot start the script: no thread for it" };
	struct job_result result = { .type = CONTROL_EXITED };
	char json[EXITED_BYTES];
	int rc;

	if (run == NULL || run->wake_fd < 0) {
		run_refuse(jobs, request->id, "Cannot start the script: no memory or descriptors left");
		free(run);
		return;
	}
	rc = run_arrays_make(request, &run->arrays);
	if (rc == 0)
		rc = jobs_begin(jobs, run->id, &run_work, run);
	if (rc < 0) {
		run_refuse(jobs, request->id, rc == -EBUSY ? "Cannot start the script: 64 jobs run already" :
			   rc == -EBADMSG ? "Cannot start the script: arguments or environment hold what exec cannot take" :
			   "Cannot start the script: no memory left");
		run_free(run);
		return;
	}
	say("Running %s", run->id);
	if (thread_start_detached(run_thread, run) == 0)
		return;
	result.json = json;
	result.json_bytes = put_exited(run->id, &report, json);
	jobs_end(jobs, request->id, &result);
}

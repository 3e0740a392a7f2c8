#include "dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "log.h"
#include "receive.h"
#include "run.h"

static const char unreadable[] = "Cannot read the request: a member is missing or has a wrong form (see PROTOCOL.md)";

static void on_run(struct agent *agent, const struct frame *frame)
{
	struct control_run request;

	if (control_parse_run(frame->payload, frame->payload_bytes, &request) < 0) {
		if (control_parse_id(frame->payload, frame->payload_bytes, request.id) == 0)
			run_refuse(&agent->jobs, request.id, unreadable);
		return;
	}
	if (jobs_ask_again(&agent->jobs, request.id) == JOB_UNKNOWN)
		run_start(&agent->jobs, &request);
}

static void on_receive(struct agent *agent, const struct frame *frame)
{
	struct control_receive *request = malloc(sizeof(*request));
	struct receive_setting setting = {
		.jobs = &agent->jobs, .data_port = &agent->data_port, .source_address = agent->settings.data_address,
	};

	if (request == NULL)
		return;	/* the appliance asks again */
	if (control_parse_receive(frame->payload, frame->payload_bytes, request) < 0) {
		if (control_parse_id(frame->payload, frame->payload_bytes, request->id) == 0)
			receive_refuse(&agent->jobs, request->id, unreadable);
	} else if (jobs_ask_again(&agent->jobs, request->id) == JOB_UNKNOWN) {
		receive_start(&setting, request);
	}
	free(request);
}

static void on_upstreams(struct agent *agent, const struct frame *frame)
{
	struct control_upstreams *request = malloc(sizeof(*request));

	if (request != NULL && control_parse_upstreams(frame->payload, frame->payload_bytes, request) == 0)
		receive_set_upstreams(&agent->jobs, request->id, &request->upstreams);
	free(request);
}

static void on_kill(struct agent *agent, const struct frame *frame)
{
	char id[JOB_ID_BYTES];

	if (control_parse_id(frame->payload, frame->payload_bytes, id) == 0)
		jobs_kill(&agent->jobs, id);
}

static void on_release(struct agent *agent, const struct frame *frame)
{
	char id[JOB_ID_BYTES];

	if (control_parse_id(frame->payload, frame->payload_bytes, id) == 0)
		jobs_release(&agent->jobs, id);
}

static void on_leave(struct agent *agent, enum leave_how how)
{
	say("Asked to leave by %s", how == LEAVE_REBOOT ? "reboot" : how == LEAVE_POWEROFF ? "power off" : "kexec");
	agent->leaving = how;
	leave_tell(&agent->outbox, how, NULL);
}

static void on_kexec(struct agent *agent, const struct frame *frame)
{
	struct control_kexec *request = malloc(sizeof(*request));
	char error[256];
	int rc = 0;

	if (request == NULL || control_parse_kexec(frame->payload, frame->payload_bytes, request) < 0) {
		leave_tell(&agent->outbox, LEAVE_KEXEC, unreadable);
		free(request);
		return;
	}
	if (!agent->settings.dry_leave)
		rc = leave_load_kernel(request);
	if (rc == 0) {
		on_leave(agent, LEAVE_KEXEC);
	} else {
		snprintf(error, sizeof(error), "Cannot load the kernel %.100s: %s", request->kernel, strerror(-rc));
		leave_tell(&agent->outbox, LEAVE_KEXEC, error);
	}
	free(request);
}

/* Act on one message after the welcome. What is not understood is left out: the appliance may be newer. */
void dispatch(struct agent *agent, const struct frame *frame)
{
	switch (frame->type) {
	case CONTROL_RUN:
		on_run(agent, frame);
		break;
	case CONTROL_KILL:
		on_kill(agent, frame);
		break;
	case CONTROL_RECEIVE:
		on_receive(agent, frame);
		break;
	case CONTROL_UPSTREAMS:
		on_upstreams(agent, frame);
		break;
	case CONTROL_RELEASE:
		on_release(agent, frame);
		break;
	case CONTROL_REBOOT:
		on_leave(agent, LEAVE_REBOOT);
		break;
	case CONTROL_POWEROFF:
		on_leave(agent, LEAVE_POWEROFF);
		break;
	case CONTROL_KEXEC:
		on_kexec(agent, frame);
		break;
	default:
		break;
	}
}

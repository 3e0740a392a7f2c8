#include "receive.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "feed.h"
#include "fetcher.h"
#include "image_writer.h"
#include "inventory.h"
#include "log.h"
#include "receive_report.h"
#include "store.h"
#include "thread.h"

enum { MEMORY_MIN_BYTES = 16 << 20 };

/* One receive. The job table and the receive's own thread hold a share each. */
struct receive {
	atomic_uint shares;
	struct receive_setting setting;
	char id[JOB_ID_BYTES];
	int64_t started_ms;
	struct store *store;
	struct upstreams upstreams;
	struct fetcher fetcher;
	struct sink sink;
	struct image_writer writer;
	struct receive_told told;
	char error[SINK_ERROR_BYTES];
};

static struct receive_parts parts_of(struct receive *receive)
{
	return (struct receive_parts){ receive->id, receive->store, &receive->upstreams };
}

static void receive_drop(struct receive *receive)
{
	if (atomic_fetch_sub(&receive->shares, 1) != 1)
		return;
	store_drop(receive->store);
	free(receive);
}

static void on_kill(void *work)
{
	struct receive *receive = work;

	sink_abort(&receive->sink);
	store_close(receive->store);
}

static void on_state(void *work, struct json_writer *w)
{
	struct receive_parts parts = parts_of(work);

	report_state(&parts, w);
}

static bool on_look(void *work, int64_t now)
{
	struct receive *receive = work;
	struct receive_parts parts = parts_of(receive);

	feed_look(receive->store, now);
	return report_is_due(&parts, &receive->told, now);
}

static void on_repeat(void *work)
{
	struct receive *receive = work;

	report_listening(receive->setting.jobs->outbox, receive->id, receive->setting.data_port->port);
}

/* Forgotten by the appliance: its downstreams have to look elsewhere and its memory is free. */
static void on_release(void *work)
{
	struct receive *receive = work;

	store_close(receive->store);
	data_port_stop(receive->setting.data_port, receive->store);
	receive_drop(receive);
}

static const struct job_work receive_work = {
	.kind = JOB_RECEIVE, .kill = on_kill, .state = on_state, .look = on_look, .repeat = on_repeat, .release = on_release,
};

static void on_blame(void *context, uint32_t chunk, const struct endpoint *upstream)
{
	struct receive *receive = context;

	report_bad_chunk(receive->setting.jobs->outbox, receive->id, chunk, upstream);
}

/* Keep the sentence that says why the receive failed; the first one counts. */
static void fail(struct receive *receive, const char *sentence)
{
	if (receive->error[0] == '\0')
		snprintf(receive->error, sizeof(receive->error), "%s", sentence);
}

static void say_why(struct receive *receive, int rc)
{
	if (receive->sink.error[0] != '\0')
		fail(receive, receive->sink.error);
	else if (atomic_load(&receive->sink.aborted))
		fail(receive, "Killed");
	else if (receive->fetcher.problem == -EBADMSG)
		fail(receive, "Cannot use the manifest: its digest is right but it is malformed");
	else if (rc == -EILSEQ)
		fail(receive, "Cannot decompress a chunk: its digest is right but it is not what the manifest says");
	else if (rc == -EKEYREJECTED)
		fail(receive, "Wrong raw digest: the image written is not the one of the manifest");
	else if (rc == -ENOMEM || receive->fetcher.problem == -ENOMEM)
		fail(receive, "No memory left");
	else
		fail(receive, strerror(-rc));
}

static void *fetch_thread(void *argument)
{
	struct receive *receive = argument;

	pthread_setname_np(pthread_self(), "fetch");
	fetcher_run(&receive->fetcher);
	/* What nobody can mend ends the receive; the writer finds the store closed. */
	if (receive->fetcher.problem != 0)
		store_close(receive->store);
	return NULL;
}

/* Receive from the first byte to the result's digest. Returns 0 or -errno. */
static int receive_image(struct receive *receive)
{
	struct checker checker = { 0 };
	pthread_t fetching;
	int rc;

	rc = checker_start(&checker, receive->store);
	if (rc == 0)
		rc = thread_start(&fetching, fetch_thread, receive);
	if (rc < 0) {
		store_close(receive->store);
		checker_join(&checker);
		return rc;
	}
	rc = image_write(&receive->writer);
	/* Downstreams of a node that failed would wait in vain: send them elsewhere. */
	if (rc < 0)
		store_close(receive->store);
	pthread_join(fetching, NULL);
	checker_join(&checker);
	sink_close(&receive->sink);
	return rc;
}

/* Tell the appliance how it ended, and give the thread's share back. */
static void receive_end(struct receive *receive, int rc)
{
	struct receive_parts parts = parts_of(receive);
	struct receive_result result = {
		.ms = (uint64_t)(now_ms() - receive->started_ms), .verify = receive->writer.verify,
	};
	struct job_result job = { .type = CONTROL_RECEIVED };
	char *json;

	if (rc < 0) {
		say_why(receive, rc);
		result.error = receive->error;
		store_let_all_go(receive->store);
		say("Receiving %s failed: %s", receive->id, receive->error);
	} else {
		memcpy(result.raw_digest, receive->writer.raw_digest, DIGEST_BYTES);
		say("Received %s", receive->id);
	}
	json = report_received(&parts, &result, &job.json_bytes);
	job.json = json;
	jobs_end(receive->setting.jobs, receive->id, &job);
	free(json);
	receive_drop(receive);
}

static void *receive_thread(void *argument)
{
	struct receive *receive = argument;

	receive_end(receive, receive_image(receive));
	return NULL;
}

/* Answer a receive that was never started, and keep nothing of it. */
void receive_refuse(struct jobs *jobs, const char *id, const char *error)
{
	struct receive_parts parts = { .id = id };
	struct receive_result result = { .error = error };
	size_t bytes;
	char *json = report_received(&parts, &result, &bytes);

	(void)outbox_put(jobs->outbox, CONTROL_RECEIVED, json, bytes);
	free(json);
}

static uint64_t memory_for(uint64_t asked_bytes)
{
	uint64_t bytes = asked_bytes != 0 ? asked_bytes : meminfo_bytes("MemAvailable") / 2;

	return bytes < MEMORY_MIN_BYTES ? MEMORY_MIN_BYTES : bytes;
}

static struct receive *receive_new(const struct receive_setting *setting, const struct control_receive *request)
{
	struct receive *receive = calloc(1, sizeof(*receive));
	struct store_identity identity;

	if (receive == NULL)
		return NULL;
	memcpy(identity.broadcast, request->broadcast, sizeof(identity.broadcast));
	memcpy(identity.key, request->key, sizeof(identity.key));
	memcpy(identity.manifest_digest, request->manifest, sizeof(identity.manifest_digest));
	atomic_init(&receive->shares, 1);
	receive->setting = *setting;
	receive->started_ms = now_ms();
	memcpy(receive->id, request->id, sizeof(receive->id));
	receive->store = store_new(&identity, memory_for(request->memory_bytes));
	upstreams_init(&receive->upstreams, &request->upstreams);
	(void)sink_open(&receive->sink, request->sink, request->path);
	if (receive->store != NULL)
		receive->store->news_fd = setting->jobs->outbox->wake_fd;
	receive->writer.store = receive->store;
	receive->writer.sink = &receive->sink;
	receive->writer.verify = request->verify;
	receive->fetcher.store = receive->store;
	receive->fetcher.upstreams = &receive->upstreams;
	receive->fetcher.source_address = setting->source_address;
	receive->fetcher.blame = on_blame;
	receive->fetcher.context = receive;
	if (receive->store == NULL) {
		free(receive);
		return NULL;
	}
	return receive;
}

/* Start to take part in a broadcast whose job id is new. What prevents it is told with `received`. */
void receive_start(const struct receive_setting *setting, const struct control_receive *request)
{
	struct receive *receive = receive_new(setting, request);
	int rc;

	if (receive == NULL) {
		receive_refuse(setting->jobs, request->id, "Cannot receive: no memory or descriptors left");
		return;
	}
	rc = feed_start(receive->store);
	if (rc == 0)
		rc = data_port_serve(setting->data_port, receive->store);
	if (rc == 0) {
		rc = jobs_begin(setting->jobs, receive->id, &receive_work, receive);
		if (rc < 0)
			data_port_stop(setting->data_port, receive->store);
	}
	if (rc < 0) {
		receive_refuse(setting->jobs, request->id, rc == -ENOMEM ? "Cannot receive: no memory left" :
			       "Cannot receive: too many broadcasts at once, release some");
		store_close(receive->store);
		receive_drop(receive);
		return;
	}
	say("Receiving %s", receive->id);
	on_repeat(receive);
	atomic_fetch_add(&receive->shares, 1);
	rc = thread_start_detached(receive_thread, receive);
	if (rc < 0) {
		store_close(receive->store);
		receive_end(receive, rc);
	}
}

void receive_set_upstreams(struct jobs *jobs, const char *id, const struct endpoint_list *upstreams)
{
	struct receive *receive = jobs_lock_work(jobs, id, &receive_work);

	if (receive == NULL)
		return;
	if (upstreams_replace(&receive->upstreams, upstreams))
		fetcher_leave(&receive->fetcher);
	jobs_unlock(jobs);
}

#include "run_report.h"

#include "json_writer.h"
#include "run.h"

/* Write the text of `exited`; returns its length. */
size_t put_exited(const char *id, const struct exit_report *report, char out[static EXITED_BYTES])
{
	struct json_writer w;
	size_t bytes = 0;

	json_begin(&w, out, EXITED_BYTES);
	json_open(&w, NULL, '{');
	json_put_text(&w, "id", id);
	if (report->code < 0)
		json_put_null(&w, "code");
	else
		json_put_uint(&w, "code", (uint64_t)report->code);
	if (report->signal < 0)
		json_put_null(&w, "signal");
	else
		json_put_uint(&w, "signal", (uint64_t)report->signal);
	json_put_bool(&w, "timedOut", report->timed_out);
	json_put_text(&w, "error", report->error);
	json_close(&w, '}');
	(void)json_done(&w, &bytes);
	return bytes;
}

/* Answer a run that was never started, and keep nothing of it. */
void run_refuse(struct jobs *jobs, const char *id, const char *error)
{
	struct exit_report report = { .code = -1, .signal = -1, .error = error };
	char json[EXITED_BYTES];
	size_t bytes = put_exited(id, &report, json);

	(void)outbox_put(jobs->outbox, CONTROL_EXITED, json, bytes);
}

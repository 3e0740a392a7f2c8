#include "receive.h"

#include <string.h>

/* Answer a receive that was never started. */
void receive_refuse(struct jobs *jobs, const char *id, const char *error)
{
	struct json_writer w;
	char json[2048];
	size_t bytes;

	json_begin(&w, json, sizeof(json));
	json_open(&w, NULL, '{');
	json_put_text(&w, "id", id);
	json_put_bool(&w, "ok", false);
	json_put_text(&w, "rawDigest", "0000000000000000000000000000000000000000000000000000000000000000");
	json_put_uint(&w, "rawBytes", 0);
	json_open(&w, "fromBytes", '{');
	json_close(&w, '}');
	json_put_uint(&w, "sentBytes", 0);
	json_put_uint(&w, "ms", 0);
	json_put_text(&w, "error", error);
	json_close(&w, '}');
	if (json_done(&w, &bytes) == 0)
		(void)outbox_put(jobs->outbox, CONTROL_RECEIVED, json, bytes);
}
void receive_start(const struct receive_setting *setting, const struct control_receive *request)
{
	receive_refuse(setting->jobs, request->id, "This agent cannot take part in broadcasts yet");
}
void receive_set_upstreams(struct jobs *jobs, const char *id, const struct endpoint_list *upstreams)
{
	(void)jobs; (void)id; (void)upstreams;
}

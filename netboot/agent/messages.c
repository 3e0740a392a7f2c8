#include "messages.h"

#include "clock.h"
#include "inventory.h"

/* `hello`: with the session once there is one, before that with the token. Returns 0 or -EMSGSIZE. */
int message_hello(struct agent *agent, char *out, size_t out_bytes, size_t *bytes)
{
	struct json_writer w;

	json_begin(&w, out, out_bytes);
	json_open(&w, NULL, '{');
	json_put_uint(&w, "version", 1);
	if (agent->session[0] != '\0')
		json_put_text(&w, "session", agent->session);
	else
		json_put_text(&w, "token", agent->settings.token);
	json_put_text(&w, "bootId", agent->boot_id);
	json_put_text(&w, "bootMac", agent->settings.mac);
	json_put_uint(&w, "dataPort", agent->data_port.port);
	json_open(&w, "jobs", '[');
	jobs_put_states(&agent->jobs, &w, true);
	json_close(&w, ']');
	inventory_put(&w, &agent->lldp);
	json_close(&w, '}');
	return json_done(&w, bytes);
}

/* `heartbeat`, with the jobs that still do something. Returns 0 or -EMSGSIZE. */
int message_heartbeat(struct agent *agent, char *out, size_t out_bytes, size_t *bytes)
{
	struct json_writer w;

	json_begin(&w, out, out_bytes);
	json_open(&w, NULL, '{');
	json_put_uint(&w, "uptimeMs", (uint64_t)now_ms());
	json_put_uint(&w, "memFreeBytes", meminfo_bytes("MemAvailable"));
	json_open(&w, "jobs", '[');
	jobs_put_states(&agent->jobs, &w, false);
	json_close(&w, ']');
	json_close(&w, '}');
	return json_done(&w, bytes);
}

/* `heard`: the LLDP frames that hold now, all of them. Returns 0 or -EMSGSIZE. */
int message_heard(struct agent *agent, char *out, size_t out_bytes, size_t *bytes)
{
	struct json_writer w;

	json_begin(&w, out, out_bytes);
	json_open(&w, NULL, '{');
	lldp_put(&agent->lldp, &w);
	json_close(&w, '}');
	return json_done(&w, bytes);
}

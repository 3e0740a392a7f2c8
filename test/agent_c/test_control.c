#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "vectors.h"
#include "../../netboot/agent/control.h"
#include "../../netboot/agent/hex.h"
#include "../../netboot/agent/run_request.h"

enum { TEXT_BYTES = 8192 };

static char text[TEXT_BYTES];
static size_t used;

static void add(const char *piece)
{
	used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", piece);
}

static void add_hex(const char *piece)
{
	char hex[2048];

	hex_encode((const uint8_t *)piece, strlen(piece), hex);
	add(hex);
}

static void describe_welcome(const struct bytes *in)
{
	struct control_welcome welcome;

	if (control_parse_welcome(in->at, in->count, &welcome) == 0)
		used = (size_t)snprintf(text, sizeof(text), "node=%s session=%s heartbeatMs=%u", welcome.node, welcome.session,
					welcome.heartbeat_ms);
}

static void describe_refused(const struct bytes *in)
{
	char reason[REASON_BYTES];

	if (control_parse_refused(in->at, in->count, reason) < 0)
		return;
	add("reason=");
	add_hex(reason);
}

static void describe_id(const struct bytes *in)
{
	char id[JOB_ID_BYTES];

	if (control_parse_id(in->at, in->count, id) == 0)
		used = (size_t)snprintf(text, sizeof(text), "id=%s", id);
}

static void describe_run(const struct bytes *in)
{
	struct control_run request;
	struct run_arrays arrays;
	size_t first;

	if (control_parse_run(in->at, in->count, &request) < 0)
		return;
	CHECK(run_arrays_make(&request, &arrays) == 0);
	first = strncmp(arrays.script, "#!", 2) == 0 ? 1 : 2;
	used = (size_t)snprintf(text, sizeof(text), "id=%s script=", request.id);
	add_hex(arrays.script);
	add(" args=");
	for (size_t i = 0; i < request.arg_count; i++) {
		add(i > 0 ? "," : "");
		add_hex(arrays.argv[first + i]);
	}
	CHECK(arrays.argv[first + request.arg_count] == NULL);
	add(" env=");
	for (size_t i = 0; i < request.env_count; i++) {
		add(i > 0 ? "," : "");
		add_hex(arrays.envp[i]);
	}
	used += (size_t)snprintf(text + used, sizeof(text) - used, " timeLimitMs=%llu",
				 (unsigned long long)request.time_limit_ms);
	run_arrays_free(&arrays);
}

static void add_upstreams(const struct endpoint_list *list)
{
	char endpoint[ENDPOINT_TEXT_BYTES];

	for (size_t i = 0; i < list->count; i++) {
		endpoint_format(&list->at[i], endpoint);
		add(i > 0 ? "," : "");
		add(endpoint);
	}
	if (list->name[0] == '\0')
		return;
	add(" list=");
	add(list->name);
}

static void describe_receive(const struct bytes *in)
{
	static const char *const sinks[] = { "archive", "disk", "discard" };
	static struct control_receive request;
	char broadcast[33], key[65], manifest[65];

	if (control_parse_receive(in->at, in->count, &request) < 0)
		return;
	hex_encode(request.broadcast, 16, broadcast);
	hex_encode(request.key, 32, key);
	hex_encode(request.manifest, 32, manifest);
	used = (size_t)snprintf(text, sizeof(text), "id=%s broadcast=%s key=%s manifest=%s upstreams=", request.id, broadcast,
				key, manifest);
	add_upstreams(&request.upstreams);
	used += (size_t)snprintf(text + used, sizeof(text) - used, " sink=%s path=%s verify=%s memoryBytes=%llu", sinks[request.sink],
				 request.path, verify_names[request.verify], (unsigned long long)request.memory_bytes);
}

static void describe_upstreams(const struct bytes *in)
{
	static struct control_upstreams request;

	if (control_parse_upstreams(in->at, in->count, &request) < 0)
		return;
	used = (size_t)snprintf(text, sizeof(text), "id=%s upstreams=", request.id);
	add_upstreams(&request.upstreams);
}

static void describe_kexec(const struct bytes *in)
{
	static struct control_kexec request;

	if (control_parse_kexec(in->at, in->count, &request) < 0)
		return;
	used = (size_t)snprintf(text, sizeof(text), "kernel=%s initrd=%s commandLine=", request.kernel, request.initrd);
	add_hex(request.command_line);
}

/* The readers of the agent; other types are the appliance's to read. */
static void (*const describers[])(const struct bytes *in) = {
	[CONTROL_WELCOME] = describe_welcome, [CONTROL_REFUSED] = describe_refused,
	[CONTROL_RUN] = describe_run, [CONTROL_KILL] = describe_id,
	[CONTROL_RECEIVE] = describe_receive, [CONTROL_UPSTREAMS] = describe_upstreams,
	[CONTROL_KEXEC] = describe_kexec, [CONTROL_RELEASE] = describe_id,
};

static void check_row(const struct row *row)
{
	size_t type = strtoul(row->column[1], NULL, 10);
	struct bytes in;

	if (type >= sizeof(describers) / sizeof(describers[0]) || describers[type] == NULL)
		return;
	in = bytes_of_text(row->column[4]);
	used = 0;
	text[0] = '\0';
	describers[type](&in);
	CHECK_ROW(strcmp(used == 0 ? "BAD" : "OK", row->column[2]) == 0, row->column[0]);
	if (used > 0)
		CHECK_ROW(strcmp(text, row->column[3]) == 0, row->column[0]);
	free(in.at);
}

void test_control(void)
{
	for_each_row("control.tsv", 5, check_row);
}

#include "control.h"

#include <errno.h>
#include <string.h>

#include "hex.h"

#define JSON_NUMBER_MAX ((1ull << 53) - 1)	/* the largest whole number that JavaScript keeps exact */

static int check_object(const uint8_t *payload, size_t payload_bytes, struct json *out)
{
	if (json_check((const char *)payload, payload_bytes, out) < 0 || *out->at != '{')
		return -EBADMSG;
	return 0;
}

static int member_text(struct json object, const char *name, char *out, size_t out_bytes)
{
	struct json value;

	if (json_member(object, name, &value) < 0)
		return -EBADMSG;
	return json_text(value, out, out_bytes) < 0 ? -EBADMSG : 0;
}

static int member_uint(struct json object, const char *name, uint64_t max, uint64_t *out)
{
	struct json value;

	if (json_member(object, name, &value) < 0)
		return -EBADMSG;
	return json_uint(value, max, out);
}

static int member_hex(struct json object, const char *name, uint8_t *out, size_t out_bytes)
{
	char text[65];

	if (member_text(object, name, text, sizeof(text)) < 0)
		return -EBADMSG;
	return hex_decode(text, strlen(text), out, out_bytes);
}

/* Printable ASCII characters without space, at least one. */
static int member_word(struct json object, const char *name, char *out, size_t out_bytes)
{
	if (member_text(object, name, out, out_bytes) < 0 || out[0] == '\0')
		return -EBADMSG;
	for (const char *at = out; *at != '\0'; at++)
		if (*at <= 0x20 || *at > 0x7e)
			return -EBADMSG;
	return 0;
}

/* A job id: 1 to 200 characters. */
static int member_id(struct json object, char out[static JOB_ID_BYTES])
{
	return member_word(object, "id", out, JOB_ID_BYTES);
}

static int member_path(struct json object, const char *name, char out[static PATH_BYTES])
{
	if (member_text(object, name, out, PATH_BYTES) < 0 || out[0] != '/')
		return -EBADMSG;
	return 0;
}

int control_parse_welcome(const uint8_t *payload, size_t payload_bytes, struct control_welcome *out)
{
	struct json object;
	uint8_t session[32];
	uint64_t heartbeat_ms;

	if (check_object(payload, payload_bytes, &object) < 0 ||
	    member_text(object, "node", out->node, sizeof(out->node)) < 0 ||
	    member_hex(object, "session", session, sizeof(session)) < 0 ||
	    member_uint(object, "heartbeatMs", 60000, &heartbeat_ms) < 0 || heartbeat_ms < 10)
		return -EBADMSG;
	hex_encode(session, sizeof(session), out->session);
	out->heartbeat_ms = (uint32_t)heartbeat_ms;
	return 0;
}

int control_parse_refused(const uint8_t *payload, size_t payload_bytes, char out[static REASON_BYTES])
{
	struct json object;

	if (check_object(payload, payload_bytes, &object) < 0)
		return -EBADMSG;
	return member_text(object, "reason", out, REASON_BYTES);
}

/* kill, release, and the id of a request that is otherwise wrong. */
int control_parse_id(const uint8_t *payload, size_t payload_bytes, char out[static JOB_ID_BYTES])
{
	struct json object;

	if (check_object(payload, payload_bytes, &object) < 0)
		return -EBADMSG;
	return member_id(object, out);
}

/* Count the items of an array or object whose values are all text without NUL. */
static int count_texts(struct json container, bool object, size_t max, size_t *out)
{
	struct json name, value;
	struct json_walk walk;
	size_t count = 0;

	if (json_walk(container, &walk) < 0 || walk.object != object)
		return -EBADMSG;
	while (json_next(&walk, &name, &value)) {
		if (!json_is_text(value) || ++count > max)
			return -EBADMSG;
	}
	*out = count;
	return 0;
}

int control_parse_run(const uint8_t *payload, size_t payload_bytes, struct control_run *out)
{
	static const char no_args[] = "[]", no_env[] = "{}";
	struct json object;

	if (check_object(payload, payload_bytes, &object) < 0 || member_id(object, out->id) < 0 ||
	    json_member(object, "script", &out->script) < 0 || !json_is_text(out->script) ||
	    member_uint(object, "timeLimitMs", JSON_NUMBER_MAX, &out->time_limit_ms) < 0 || out->time_limit_ms == 0)
		return -EBADMSG;
	if (json_member(object, "args", &out->args) < 0)
		out->args = (struct json){ no_args, 2 };
	if (json_member(object, "env", &out->env) < 0)
		out->env = (struct json){ no_env, 2 };
	if (count_texts(out->args, false, ARGUMENTS_MAX, &out->arg_count) < 0)
		return -EBADMSG;
	return count_texts(out->env, true, VARIABLES_MAX, &out->env_count);
}

static int member_upstreams(struct json object, struct endpoint_list *out)
{
	struct json list, name, value;
	char text[ENDPOINT_TEXT_BYTES];
	struct json_walk walk;

	out->count = 0;
	if (json_member(object, "upstreams", &list) < 0 || json_walk(list, &walk) < 0 || walk.object)
		return -EBADMSG;
	while (json_next(&walk, &name, &value)) {
		if (out->count == UPSTREAMS_MAX || json_text(value, text, sizeof(text)) < 0 ||
		    endpoint_parse(text, strlen(text), &out->at[out->count]) < 0)
			return -EBADMSG;
		out->count++;
	}
	if (out->count == 0)
		return -EBADMSG;
	out->name[0] = '\0';	/* an older appliance gives none */
	if (json_member(object, "list", &list) < 0)
		return 0;
	return member_word(object, "list", out->name, sizeof(out->name));
}

static int member_sink(struct json object, struct control_receive *out)
{
	struct json sink;
	char kind[16];

	out->path[0] = '\0';
	if (json_member(object, "sink", &sink) < 0 || member_text(sink, "kind", kind, sizeof(kind)) < 0)
		return -EBADMSG;
	if (strcmp(kind, "archive") == 0) {
		out->sink = SINK_ARCHIVE;
		return member_path(sink, "directory", out->path);
	}
	if (strcmp(kind, "disk") == 0) {
		out->sink = SINK_DISK;
		return member_path(sink, "device", out->path);
	}
	if (strcmp(kind, "discard") != 0)
		return -EBADMSG;
	out->sink = SINK_DISCARD;
	return 0;
}

const char *const verify_names[3] = {
	[VERIFY_NONE] = "none", [VERIFY_DIGEST] = "digest", [VERIFY_READBACK] = "readback",
};

/* An older appliance does not say it. */
static int member_verify(struct json object, enum verify *out)
{
	struct json value;
	char name[16];

	*out = VERIFY_DIGEST;
	if (json_member(object, "verify", &value) < 0)
		return 0;
	if (json_text(value, name, sizeof(name)) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(verify_names) / sizeof(verify_names[0]); i++) {
		if (strcmp(name, verify_names[i]) == 0) {
			*out = (enum verify)i;
			return 0;
		}
	}
	return -EBADMSG;
}

int control_parse_receive(const uint8_t *payload, size_t payload_bytes, struct control_receive *out)
{
	struct json object;

	if (check_object(payload, payload_bytes, &object) < 0 || member_id(object, out->id) < 0 ||
	    member_hex(object, "broadcast", out->broadcast, sizeof(out->broadcast)) < 0 ||
	    member_hex(object, "key", out->key, sizeof(out->key)) < 0 ||
	    member_hex(object, "manifest", out->manifest, sizeof(out->manifest)) < 0 ||
	    member_uint(object, "memoryBytes", JSON_NUMBER_MAX, &out->memory_bytes) < 0 ||
	    member_sink(object, out) < 0 || member_verify(object, &out->verify) < 0)
		return -EBADMSG;
	return member_upstreams(object, &out->upstreams);
}

int control_parse_upstreams(const uint8_t *payload, size_t payload_bytes, struct control_upstreams *out)
{
	struct json object;

	if (check_object(payload, payload_bytes, &object) < 0 || member_id(object, out->id) < 0)
		return -EBADMSG;
	return member_upstreams(object, &out->upstreams);
}

int control_parse_kexec(const uint8_t *payload, size_t payload_bytes, struct control_kexec *out)
{
	struct json object, initrd;

	if (check_object(payload, payload_bytes, &object) < 0 ||
	    member_path(object, "kernel", out->kernel) < 0 ||
	    member_text(object, "commandLine", out->command_line, sizeof(out->command_line)) < 0)
		return -EBADMSG;
	out->initrd[0] = '\0';
	if (json_member(object, "initrd", &initrd) < 0 || json_is_null(initrd))
		return 0;
	return member_path(object, "initrd", out->initrd);
}

/*
 * Messages of the appliance to the agent: PROTOCOL.md section 2. The
 * TypeScript side is src/agent/; both run test/vectors/control.tsv.
 *
 * Nothing here allocates. What has no useful bound (script, arguments,
 * environment) stays text of the caller's payload, as checked JSON values.
 */
#ifndef AGENT_CONTROL_H
#define AGENT_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "data_frame.h"
#include "endpoint.h"
#include "json.h"
#include "manifest.h"

enum control_type {
	CONTROL_HELLO = 1,
	CONTROL_WELCOME = 2,
	CONTROL_REFUSED = 3,
	CONTROL_HEARTBEAT = 4,
	CONTROL_RUN = 5,
	CONTROL_KILL = 6,
	CONTROL_STDOUT = 7,
	CONTROL_STDERR = 8,
	CONTROL_EXITED = 9,
	CONTROL_RECEIVE = 10,
	CONTROL_UPSTREAMS = 11,
	CONTROL_LISTENING = 12,
	CONTROL_RECEIVED = 13,
	CONTROL_BAD_CHUNK = 14,
	CONTROL_REBOOT = 15,
	CONTROL_POWEROFF = 16,
	CONTROL_KEXEC = 17,
	CONTROL_LEAVING = 18,
	CONTROL_RELEASE = 19,
	CONTROL_PING = 20,
	CONTROL_HEARD = 21,
};

enum {
	JOB_ID_BYTES = 201,		/* with NUL */
	NODE_NAME_BYTES = 256,
	REASON_BYTES = 1024,
	PATH_BYTES = 1024,
	LIST_NAME_BYTES = 65,		/* with NUL */
	KERNEL_COMMAND_LINE_BYTES = 2048,	/* COMMAND_LINE_SIZE of x86 */
	KEY_BYTES = 32,
	UPSTREAMS_MAX = 1024,
	ARGUMENTS_MAX = 256,
	VARIABLES_MAX = 256,
};

struct control_welcome {
	char node[NODE_NAME_BYTES];
	char session[65];
	uint32_t heartbeat_ms;
};

struct control_run {
	char id[JOB_ID_BYTES];
	struct json script;		/* text */
	struct json args;		/* array of text */
	struct json env;		/* object of text */
	size_t arg_count, env_count;
	uint64_t time_limit_ms;
};

enum sink_kind { SINK_ARCHIVE, SINK_DISK, SINK_DISCARD };
enum verify { VERIFY_NONE, VERIFY_DIGEST, VERIFY_READBACK };

struct endpoint_list {
	char name[LIST_NAME_BYTES];	/* what the appliance calls it; empty: nothing */
	size_t count;
	struct endpoint at[UPSTREAMS_MAX];
};

struct control_receive {
	char id[JOB_ID_BYTES];
	uint8_t broadcast[BROADCAST_BYTES];
	uint8_t key[KEY_BYTES];
	uint8_t manifest[DIGEST_BYTES];
	enum sink_kind sink;
	char path[PATH_BYTES];		/* directory or device */
	enum verify verify;
	uint64_t memory_bytes;
	struct endpoint_list upstreams;
};

struct control_upstreams {
	char id[JOB_ID_BYTES];
	struct endpoint_list upstreams;
};

struct control_kexec {
	char kernel[PATH_BYTES];
	char initrd[PATH_BYTES];	/* empty: none */
	char command_line[KERNEL_COMMAND_LINE_BYTES];
};

extern const char *const verify_names[3];

/* Each returns 0, or -EBADMSG when the payload is not such a message; *out then has no meaning. */
int control_parse_welcome(const uint8_t *payload, size_t payload_bytes, struct control_welcome *out);
int control_parse_refused(const uint8_t *payload, size_t payload_bytes, char out[static REASON_BYTES]);
int control_parse_id(const uint8_t *payload, size_t payload_bytes, char out[static JOB_ID_BYTES]);
int control_parse_run(const uint8_t *payload, size_t payload_bytes, struct control_run *out);
int control_parse_receive(const uint8_t *payload, size_t payload_bytes, struct control_receive *out);
int control_parse_upstreams(const uint8_t *payload, size_t payload_bytes, struct control_upstreams *out);
int control_parse_kexec(const uint8_t *payload, size_t payload_bytes, struct control_kexec *out);

#endif

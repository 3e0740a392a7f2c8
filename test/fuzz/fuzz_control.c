/* The first byte picks the message, the rest is its payload: all JSON of the appliance, and the reader below it. */
#include <stdlib.h>
#include <string.h>

#include "../../netboot/agent/control.h"
#include "../../netboot/agent/run_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_run(const uint8_t *data, size_t size)
{
	struct control_run request;
	struct run_arrays arrays;

	if (control_parse_run(data, size, &request) < 0)
		return;
	if (run_arrays_make(&request, &arrays) == 0 && strlen(arrays.script) != arrays.script_bytes)
		abort();
	run_arrays_free(&arrays);
}

static void use_receive(const uint8_t *data, size_t size)
{
	static struct control_receive request;

	if (control_parse_receive(data, size, &request) < 0)
		return;
	if (request.upstreams.count == 0 || request.upstreams.count > UPSTREAMS_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct control_upstreams upstreams;
	static struct control_kexec kexec;
	struct control_welcome welcome;
	char reason[REASON_BYTES], id[JOB_ID_BYTES];

	if (size == 0)
		return 0;
	switch (*data++ % 7) {
	case 0:
		(void)control_parse_welcome(data, size - 1, &welcome);
		break;
	case 1:
		(void)control_parse_refused(data, size - 1, reason);
		break;
	case 2:
		(void)control_parse_id(data, size - 1, id);
		break;
	case 3:
		use_run(data, size - 1);
		break;
	case 4:
		use_receive(data, size - 1);
		break;
	case 5:
		(void)control_parse_upstreams(data, size - 1, &upstreams);
		break;
	default:
		(void)control_parse_kexec(data, size - 1, &kexec);
	}
	return 0;
}

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "digest.h"
#include "hex.h"
#include "kernel_switch.h"
#include "link.h"
#include "log.h"
#include "session_file.h"

enum { EXIT_LEFT = 0, EXIT_CANNOT_START = 1, EXIT_USAGE = 2 };

/* Kernel parameters first, then options. Returns 0, or -EINVAL after saying why. */
static int read_settings(int argc, char *argv[], struct settings *settings)
{
	char text[4096], problem[PROBLEM_BYTES];
	ssize_t got = 0;
	int fd, rc;

	settings_defaults(settings);
	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, text, sizeof(text));
		close(fd);
	}
	settings_from_kernel(text, got > 0 ? (size_t)got : 0, settings);
	rc = settings_from_options(argc, argv, settings, problem);
	if (rc == 0)
		rc = settings_check(settings, problem);
	if (rc < 0)
		fprintf(stderr, "agent: %s\n"
			"usage: brigade-agent --appliance ADDRESS:PORT --key HEX64 --token HEX64 --mac MAC [--data-port N]\n"
			"       [--data-address ADDRESS] [--run-directory DIR] [--dry-leave]\n", problem);
	return rc;
}

/* Each start of the agent has an id of its own: who asks for a job can tell that this agent never heard of it. */
static void make_boot_id(char out[static 33])
{
	uint8_t id[16];

	random_bytes(id, sizeof(id));
	hex_encode(id, sizeof(id), out);
}

static int agent_init(struct agent *agent)
{
	const struct settings *settings = &agent->settings;
	int rc;

	make_boot_id(agent->boot_id);
	if (settings->run_directory[0] != '\0' &&
	    session_load(settings->run_directory, settings->token, agent->session) == 0)
		say("Going on with the session of an agent that ran before");
	rc = outbox_init(&agent->outbox);
	if (rc < 0) {
		say("Cannot start: %s", strerror(-rc));
		return rc;
	}
	jobs_init(&agent->jobs, &agent->outbox);
	rc = data_port_open(&agent->data_port, settings->data_address, settings->data_port);
	if (rc < 0) {
		say("Cannot listen on TCP port %u for other nodes: %s", settings->data_port, strerror(-rc));
		return rc;
	}
	lldp_start(&agent->lldp);
	return 0;
}

/* Chunks are the memory that counts: each is mapped on its own, so letting one go gives it back to the node. */
static void set_up_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);	/* fixed: glibc would raise it after the first large free */
	mallopt(M_ARENA_MAX, 2);
}

int main(int argc, char *argv[])
{
	static struct agent agent;

	if (kernel_switch_asked(argc, argv))
		return kernel_switch(argc, argv);
	set_up_memory();
	signal(SIGPIPE, SIG_IGN);
	if (read_settings(argc, argv, &agent.settings) < 0)
		return EXIT_USAGE;
	if (agent_init(&agent) < 0)
		return EXIT_CANNOT_START;
	if (link_keep(&agent) < 0) {
		say("Cannot start: no memory left");
		return EXIT_CANNOT_START;
	}
	return EXIT_LEFT;
}

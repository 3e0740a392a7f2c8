#include "kernel_switch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "leave.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static const char LOAD[] = "load-kernel", START[] = "start-kernel";

/* Is this a call for the two commands below? */
bool kernel_switch_asked(int argc, char *const argv[])
{
	return argc > 1 && (strcmp(argv[1], LOAD) == 0 || strcmp(argv[1], START) == 0);
}

/* The file's text up to its first line end. Returns 0 or -errno; -E2BIG when it does not fit. */
static int read_line(const char *path, char *out, size_t room)
{
	ssize_t got;
	int fd, rc = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, out, room);
	if (got < 0)
		rc = -errno;
	else if ((size_t)got == room)
		rc = -E2BIG;
	else
		out[got] = '\0';
	close(fd);
	if (rc == 0)
		out[strcspn(out, "\n")] = '\0';
	return rc;
}

/* A macro, for the compiler checks only formats that it sees. */
#define refused(format, rc) (fprintf(stderr, format "\n", strerror(-(rc))), EXIT_REFUSED)

static int load(char *const argv[])
{
	static struct control_kexec kexec;
	int rc;

	if (strlen(argv[2]) >= sizeof(kexec.kernel) || strlen(argv[3]) >= sizeof(kexec.initrd))
		return refused("Cannot load the kernel: %s", -ENAMETOOLONG);
	strcpy(kexec.kernel, argv[2]);
	strcpy(kexec.initrd, argv[3]);
	rc = read_line(argv[4], kexec.command_line, sizeof(kexec.command_line));
	if (rc < 0)
		return refused("Cannot read the command line: %s", rc);
	rc = leave_load_kernel(&kexec);
	return rc < 0 ? refused("Cannot load the kernel: %s", rc) : EXIT_DONE;
}

/* Do what was asked. Returns the exit code; start-kernel returns only when the kernel refused. */
int kernel_switch(int argc, char *const argv[])
{
	if (argc == 5 && strcmp(argv[1], LOAD) == 0)
		return load(argv);
	if (argc == 2 && strcmp(argv[1], START) == 0)
		return refused("Cannot start the kernel: %s", leave_now(LEAVE_KEXEC));
	fprintf(stderr, "usage: brigade-agent %s KERNEL INITRD COMMAND-LINE-FILE\n       brigade-agent %s\n", LOAD, START);
	return EXIT_USAGE;
}

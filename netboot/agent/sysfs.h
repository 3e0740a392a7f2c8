/* Small text files of the kernel: /sys and /proc. */
#ifndef AGENT_SYSFS_H
#define AGENT_SYSFS_H

#include <stddef.h>
#include <stdint.h>

enum { SYSFS_PATH_BYTES = 512, SYSFS_TEXT_BYTES = 256 };

struct sysfs_text {
	char text[SYSFS_TEXT_BYTES];	/* without space at its ends; empty when there is none */
};

int sysfs_open(const char *directory, const char *name);
struct sysfs_text sysfs_read(const char *directory, const char *name);
long long sysfs_number(const char *directory, const char *name, long long otherwise);
struct sysfs_text sysfs_link_name(const char *directory, const char *name);

#endif

#include "sysfs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Open directory/name to read; -errno. */
int sysfs_open(const char *directory, const char *name)
{
	char path[SYSFS_PATH_BYTES];
	int fd, length = snprintf(path, sizeof(path), "%s/%s", directory, name);

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The first line or so of directory/name, trimmed. */
struct sysfs_text sysfs_read(const char *directory, const char *name)
{
	struct sysfs_text out = { "" };
	size_t start = 0, end;
	ssize_t got;
	int fd = sysfs_open(directory, name);

	if (fd < 0)
		return out;
	got = read(fd, out.text, sizeof(out.text) - 1);
	close(fd);
	end = got > 0 ? (size_t)got : 0;
	while (end > 0 && (out.text[end - 1] == '\0' || isspace((unsigned char)out.text[end - 1])))
		end--;
	while (start < end && isspace((unsigned char)out.text[start]))
		start++;
	memmove(out.text, out.text + start, end - start);
	out.text[end - start] = '\0';
	return out;
}

long long sysfs_number(const char *directory, const char *name, long long otherwise)
{
	struct sysfs_text text = sysfs_read(directory, name);
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text.text, &end, 10);
	return end == text.text || errno != 0 ? otherwise : number;
}

/* The last part of where a symbolic link points, such as the driver's name; empty when there is none. */
struct sysfs_text sysfs_link_name(const char *directory, const char *name)
{
	char path[SYSFS_PATH_BYTES], target[PATH_MAX];
	struct sysfs_text out = { "" };
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), "%.250s/%.250s", directory, name);
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return out;
	target[length] = '\0';
	slash = strrchr(target, '/');
	snprintf(out.text, sizeof(out.text), "%.255s", slash == NULL ? target : slash + 1);
	return out;
}

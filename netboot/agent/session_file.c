#include "session_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "hex.h"

enum { TEXT_BYTES = 64 + 1 + 64 + 1, PATH_MAX_BYTES = 512 };

static void digest_text(const char *token, char out[static 65])
{
	uint8_t digest[DIGEST_BYTES];

	digest_of(token, strlen(token), digest);
	hex_encode(digest, sizeof(digest), out);
}

/* Returns 0 and fills session, or -errno (-ENOENT: none that this token bought). */
int session_load(const char *directory, const char *token, char session[static 65])
{
	char path[PATH_MAX_BYTES], text[TEXT_BYTES + 1], owner[65];
	uint8_t ignored[32];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/session", directory);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	got = read(fd, text, sizeof(text));
	close(fd);
	digest_text(token, owner);
	if (got != TEXT_BYTES || memcmp(text, owner, 64) != 0 || hex_decode(text + 65, 64, ignored, 32) < 0)
		return -ENOENT;
	memcpy(session, text + 65, 64);
	session[64] = '\0';
	return 0;
}

/* Returns 0 or -errno. Written beside and renamed: a crash leaves the old one or the new one. */
int session_save(const char *directory, const char *token, const char *session)
{
	char path[PATH_MAX_BYTES], fresh[PATH_MAX_BYTES], text[TEXT_BYTES + 1], owner[65];
	ssize_t wrote;
	int fd;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/session", directory);
	snprintf(fresh, sizeof(fresh), "%s/session.new", directory);
	digest_text(token, owner);
	snprintf(text, sizeof(text), "%s %s\n", owner, session);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	wrote = write(fd, text, TEXT_BYTES);
	if (close(fd) < 0 || wrote != TEXT_BYTES)
		return -EIO;
	return rename(fresh, path) < 0 ? -errno : 0;
}

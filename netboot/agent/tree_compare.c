#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

enum { READ_BYTES = 1 << 20, ATTRIBUTE_MAX_BYTES = 65536 };

struct comparison {
	const struct tree *tree;
	struct sink *sink;
	int directory;
	bool owners;		/* only root's tar gives files away */
	uint32_t *order;	/* records by path, those of one path as they came */
	uint8_t *buffer;
	struct content content;
};

static const char *path_of(const struct comparison *at, const struct tree_record *record)
{
	return at->tree->texts + record->path;
}

static int differs(const struct comparison *at, const struct tree_record *record, const char *what)
{
	return sink_fail(at->sink, -EIO, "Wrong data read back from %.300s/%.500s: its %s is not what was unpacked", at->sink->path,
			 path_of(at, record), what);
}

static int cannot(const struct comparison *at, const struct tree_record *record, int rc)
{
	return sink_fail(at->sink, rc, "Cannot read back %.300s/%.500s: %s", at->sink->path, path_of(at, record), strerror(-rc));
}

static int by_path(const void *a, const void *b, void *context)
{
	const struct tree *tree = context;
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
	int order = strcmp(tree->texts + tree->records[first].path, tree->texts + tree->records[second].path);

	return order != 0 ? order : (first > second) - (first < second);
}

/* The last member of that path; NULL: none. */
static const struct tree_record *last_of(const struct comparison *at, const char *path)
{
	size_t low = 0, high = at->tree->count;

	while (low < high) {	/* the first record behind the path */
		size_t middle = low + (high - low) / 2;

		if (strcmp(path_of(at, &at->tree->records[at->order[middle]]), path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0) {
		const struct tree_record *record = &at->tree->records[at->order[low]];

		if (strcmp(path_of(at, record), path) != 0)
			return NULL;
		if (record->type != TREE_ATTRIBUTE)
			return record;
	}
	return NULL;
}

static int add_range(struct comparison *at, int fd, off_t from, off_t end)
{
	while (from < end) {
		ssize_t got = pread(fd, at->buffer, end - from < READ_BYTES ? (size_t)(end - from) : READ_BYTES, from);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		if (atomic_load(&at->sink->aborted))
			return -ECANCELED;
		content_add(&at->content, at->buffer, (uint64_t)got);
		from += got;
	}
	return 0;
}

/* Past the holes. From the disk: what the cache has of the file is dropped first, and does not stay after. */
static int digest_file(struct comparison *at, int fd, off_t size, uint8_t out[static DIGEST_BYTES])
{
	off_t done = 0;
	int rc = 0;

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	while (rc == 0 && done < size) {
		off_t from = lseek(fd, done, SEEK_DATA), end = size;

		if (from < 0 && errno == ENXIO)
			from = size;	/* a hole up to the end */
		else if (from < 0)
			from = done;	/* the file system does not tell */
		else
			end = lseek(fd, from, SEEK_HOLE);
		content_add(&at->content, NULL, (uint64_t)(from - done));
		rc = add_range(at, fd, from, end);
		done = end;
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	content_finish(&at->content, out);
	return rc;
}

static int compare_content(struct comparison *at, const struct tree_record *record, off_t size)
{
	int fd = openat(at->directory, path_of(at, record), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY), rc;
	uint8_t got[DIGEST_BYTES];

	if (fd < 0)
		return cannot(at, record, -errno);
	rc = digest_file(at, fd, size, got);
	close(fd);
	if (rc == -ECANCELED)
		return sink_fail(at->sink, rc, "Killed");
	if (rc < 0)
		return cannot(at, record, rc);
	return memcmp(got, record->digest, DIGEST_BYTES) == 0 ? 0 : differs(at, record, "content");
}

static int compare_symlink(struct comparison *at, const struct tree_record *record)
{
	ssize_t got = readlinkat(at->directory, path_of(at, record), (char *)at->buffer, READ_BYTES - 1);
	const char *target = at->tree->texts + record->link;

	if (got < 0)
		return cannot(at, record, -errno);
	at->buffer[got] = '\0';
	return strcmp((const char *)at->buffer, target) == 0 ? 0 : differs(at, record, "target");
}

/* A hard link shares its file with its target, unless something else took the target's place later. */
static int compare_link(struct comparison *at, const struct tree_record *record, const struct stat *is)
{
	const char *path = at->tree->texts + record->link;
	const struct tree_record *target = last_of(at, path);
	struct stat of;

	if (target == NULL || target > record)
		return 0;
	if (fstatat(at->directory, path, &of, AT_SYMLINK_NOFOLLOW) < 0)
		return cannot(at, target, -errno);
	return of.st_ino == is->st_ino && of.st_dev == is->st_dev ? 0 : differs(at, record, "hard link");
}

static int compare_attribute(struct comparison *at, const struct tree_record *record)
{
	char path[PATH_BYTES + TAR_PATH_BYTES];
	const char *name = at->tree->texts + record->link;
	uint8_t got[DIGEST_BYTES];
	ssize_t bytes;

	snprintf(path, sizeof(path), "%s/%s", at->sink->path, path_of(at, record));
	bytes = lgetxattr(path, name, at->buffer, ATTRIBUTE_MAX_BYTES);
	if (bytes < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return cannot(at, record, -errno);
	if (bytes >= 0) {
		digest_of(at->buffer, (size_t)bytes, got);
		if (memcmp(got, record->digest, DIGEST_BYTES) == 0)
			return 0;
	}
	snprintf(path, sizeof(path), "attribute %.200s", name);
	return differs(at, record, path);
}

static mode_t kind_of(char type)
{
	switch (type) {
	case '2':
		return S_IFLNK;
	case '3':
		return S_IFCHR;
	case '4':
		return S_IFBLK;
	case '5':
		return S_IFDIR;
	case '6':
		return S_IFIFO;
	default:
		return S_IFREG;
	}
}

static int compare_member(struct comparison *at, const struct tree_record *record)
{
	struct stat is;

	if (fstatat(at->directory, path_of(at, record), &is, AT_SYMLINK_NOFOLLOW) < 0)
		return cannot(at, record, -errno);
	if (record->type == '1')
		return compare_link(at, record, &is);
	if ((is.st_mode & S_IFMT) != kind_of(record->type))
		return differs(at, record, "kind");
	if (at->owners && (is.st_uid != record->uid || is.st_gid != record->gid))
		return differs(at, record, "owner");
	if (record->type == '2')
		return compare_symlink(at, record);
	if (at->owners && (is.st_mode & 07777) != record->mode)
		return differs(at, record, "mode");
	if ((record->type == '3' || record->type == '4') && is.st_rdev != makedev(record->major, record->minor))
		return differs(at, record, "device number");
	if (record->type != '0')
		return 0;
	return (uint64_t)is.st_size == record->bytes ? compare_content(at, record, is.st_size) : differs(at, record, "size");
}

/* Of records with one path only the last member counts, and its attributes. */
static int compare_all(struct comparison *at)
{
	const struct tree *tree = at->tree;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < tree->count; i++) {
		const struct tree_record *record = &tree->records[at->order[i]];
		const struct tree_record *last = last_of(at, path_of(at, record));

		if (record < last)
			continue;
		rc = record->type == TREE_ATTRIBUTE ? compare_attribute(at, record) : compare_member(at, record);
	}
	return rc;
}

/*
 * Names and inodes are in caches of their own, which only the whole kernel can be asked to drop. The
 * files' content is dropped one by one as well, for where that is not allowed.
 */
static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "3\n", 2);
	close(fd);
}

static int prepare(struct comparison *at)
{
	at->order = malloc((at->tree->count + 1) * sizeof(*at->order));
	at->buffer = malloc(READ_BYTES);
	if (at->order == NULL || at->buffer == NULL || content_open(&at->content) < 0)
		return sink_fail(at->sink, -ENOMEM, "No memory left");
	for (size_t i = 0; i < at->tree->count; i++)
		at->order[i] = (uint32_t)i;
	qsort_r(at->order, at->tree->count, sizeof(*at->order), by_path, (void *)(uintptr_t)at->tree);
	at->directory = open(at->sink->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at->directory < 0)
		return sink_fail(at->sink, -errno, "Cannot open %.500s: %s", at->sink->path, strerror(errno));
	drop_caches();
	return 0;
}

/*
 * Compare what was flushed to the sink's directory with the archive: for each member kind, owner, mode,
 * size, content, target, device number and extended attributes. Times and ACLs are not
 * looked at. Returns 0, or -errno with the sink's error.
 */
int tree_compare(const struct tree *tree, struct sink *sink)
{
	struct comparison at = { .tree = tree, .sink = sink, .directory = -1, .owners = geteuid() == 0 };
	int rc;

	if (tree->no_memory || tree->walk.state == TAR_NO_MEMORY)
		return sink_fail(sink, -ENOMEM, "No memory left");
	if (tree->walk.state == TAR_BROKEN)
		return sink_fail(sink, -EILSEQ, "Cannot read back %.500s: the archive is not understood at byte %llu", sink->path,
				 (unsigned long long)tree->walk.offset);
	rc = prepare(&at);
	if (rc == 0)
		rc = compare_all(&at);
	if (at.directory >= 0)
		close(at.directory);
	content_close(&at.content);
	free(at.order);
	free(at.buffer);
	return rc;
}

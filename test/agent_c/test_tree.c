/* Archives made by GNU tar itself, unpacked by it, compared, damaged, and compared again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "../../netboot/agent/tree.h"

/* Everything that an image may have; device nodes and attributes need root and a file system that keeps them. */
static const char make_tree[] =
	"set -e; cd \"$1\"; mkdir -p from/etc from/long to; cd from; echo one > etc/one; ln etc/one etc/hard; ln -s ../etc/one etc/link\n"
	"chmod 4711 etc/one; mkfifo etc/fifo; : > empty\n"
	"truncate -s 3M sparse; printf head | dd of=sparse conv=notrunc status=none; printf middle | dd of=sparse bs=1 seek=1500000 conv=notrunc status=none\n"
	"truncate -s 1M hole; head -c 700000 /dev/zero | tr '\\0' x > long/$(printf 'n%.0s' $(seq 200))\n"
	"d=long; for i in $(seq 20); do d=$d/$(printf 'd%.0s' $(seq 20)); mkdir $d; done; echo deep > $d/file\n"
	"ln -s $(printf 'target%.0s' $(seq 30)) long/link\n"
	/* many holes: more than the maps in one header and one block */
	"for i in $(seq 1 40); do printf $i | dd of=holes bs=1 seek=$((i * 20000)) conv=notrunc status=none; done\n"
	"[ $(id -u) != 0 ] || { chown 12:34 empty; chown -h 5:6 etc/link; mknod null c 1 3; mknod disk b 259 65537; }\n"
	"setfattr -n user.mark -v 'a value' empty 2>/dev/null || true; setfattr -n user.other -v second empty 2>/dev/null || true\n";

static int shell(const char *script, const char *argument)
{
	char command[4096];

	snprintf(command, sizeof(command), "set -- '%s'\n%s", argument, script);
	return system(command);
}

/* Read an archive in pieces of a size that cuts everything somewhere. */
static int feed_file(struct tree *tree, const char *directory, size_t piece)
{
	char path[256];
	uint8_t *bytes = malloc(piece);
	FILE *file;
	size_t got;

	snprintf(path, sizeof(path), "%s/tar", directory);
	file = fopen(path, "re");
	if (file == NULL || tree_open(tree) < 0)
		abort();
	while ((got = fread(bytes, 1, piece, file)) > 0)
		tree_feed(tree, bytes, got);
	fclose(file);
	free(bytes);
	return tree->walk.state == TAR_ENDED ? 0 : -1;
}

static const struct tree_record *find(const struct tree *tree, const char *path, char type)
{
	for (size_t i = 0; i < tree->count; i++)
		if (strcmp(tree->texts + tree->records[i].path, path) == 0 && tree->records[i].type == type)
			return &tree->records[i];
	return NULL;
}

static const struct {
	const char *what, *damage, *told;
} damages[] = {
	{ "content", "printf x | dd of=to/sparse bs=1 seek=2000000 conv=notrunc status=none", "/sparse: its content is" },
	{ "a byte in what was a hole", "printf x | dd of=to/hole bs=1 seek=1048575 conv=notrunc status=none", "/hole: its content is" },
	{ "data at another place", "fallocate -c -o 0 -l 4096 to/holes && truncate -s +4096 to/holes", "/holes: its content is" },
	{ "a byte of a long name's file", "printf y | dd of=$(ls to/long/n*) bs=1 seek=699999 conv=notrunc status=none", "its content is" },
	{ "size", "truncate -s 1048575 to/hole", "/hole: its size is" },
	{ "mode", "chmod 0711 to/etc/one", "/etc/one: its mode is" },
	{ "mode of a directory", "chmod 0700 to/long", "/long: its mode is" },
	{ "target", "ln -sfn elsewhere to/etc/link; chown -h 5:6 to/etc/link", "/etc/link: its target is" },
	{ "owner", "chown 13:34 to/empty", "/empty: its owner is" },
	{ "kind", "rm to/etc/fifo; : > to/etc/fifo", "/etc/fifo: its kind is" },
	{ "device number", "rm to/null; mknod to/null c 1 5", "/null: its device number is" },
	{ "hard link", "cp -p to/etc/one to/x; mv to/x to/etc/hard", "/etc/hard: its hard link is" },
	{ "a file that is gone", "rm to/holes", "/holes: No such file" },
	{ "attribute", "setfattr -n user.mark -v other to/empty", "/empty: its attribute user.mark is" },
	{ "attribute that is gone", "setfattr -x user.other to/empty", "/empty: its attribute user.other is" },
};

static const char unpack[] = "cd \"$1\" && rm -rf to && mkdir to && "
	"tar -x -f tar --numeric-owner --xattrs --xattrs-include='*' --acls --sparse -p -C to";

static void compare_with(const struct tree *tree, const char *directory, const char *told, const char *what)
{
	struct sink sink;
	char path[256];

	snprintf(path, sizeof(path), "%s/to", directory);
	(void)sink_open(&sink, SINK_ARCHIVE, path);
	if (told == NULL) {
		CHECK_ROW(tree_compare(tree, &sink) == 0, what);
		CHECK_ROW(sink.error[0] == '\0', sink.error);
	} else {
		CHECK_ROW(tree_compare(tree, &sink) < 0, what);
		CHECK_ROW(strstr(sink.error, told) != NULL, sink.error);
	}
	sink_close(&sink);
}

static void check_format(const char *directory, const char *options, size_t piece, bool damage)
{
	char script[512];
	struct tree tree;
	const struct tree_record *sparse;

	snprintf(script, sizeof(script), "cd \"$1\" && tar -C from %s -cf tar .", options);
	CHECK_ROW(shell(script, directory) == 0, options);
	CHECK_ROW(feed_file(&tree, directory, piece) == 0, options);
	sparse = find(&tree, "sparse", '0');
	CHECK_ROW(sparse != NULL && sparse->bytes == 3 << 20, options);
	CHECK_ROW(find(&tree, "etc/link", '2') != NULL && find(&tree, "etc/fifo", '6') != NULL, options);
	CHECK_ROW(find(&tree, ".", '5') != NULL, options);
	CHECK_ROW(shell(unpack, directory) == 0, options);
	compare_with(&tree, directory, NULL, options);
	for (size_t i = 0; damage && i < sizeof(damages) / sizeof(damages[0]); i++) {
		bool attribute = strncmp(damages[i].what, "attribute", 9) == 0;

		if ((geteuid() != 0 && strstr("owner device number", damages[i].what) != NULL) ||
		    (attribute && find(&tree, "empty", TREE_ATTRIBUTE) == NULL))
			continue;
		snprintf(script, sizeof(script), "%s; cd \"$1\"; %s", unpack, damages[i].damage);
		CHECK_ROW(shell(script, directory) == 0, damages[i].what);
		compare_with(&tree, directory, damages[i].told, damages[i].what);
	}
	tree_close(&tree);
}

/* The later of two members with one path is what counts, and a link to the former is nobody's fault. */
static void later_members_count(const char *directory)
{
	static const char script[] = "cd \"$1\" && rm -rf from && mkdir from && cd from && echo old > a && ln a b && "
		"tar -cf ../tar a b && rm a && echo new > a && tar -rf ../tar a";
	struct tree tree;

	CHECK(shell(script, directory) == 0);
	CHECK(feed_file(&tree, directory, 10240) == 0 && tree.count == 3);
	CHECK(shell(unpack, directory) == 0);
	compare_with(&tree, directory, NULL, "later members");
	tree_close(&tree);
}

static void refuses_what_is_no_archive(void)
{
	static uint8_t junk[4096];
	struct tree tree;
	struct sink sink;

	memset(junk, 'x', sizeof(junk));
	CHECK(tree_open(&tree) == 0);
	tree_feed(&tree, junk, sizeof(junk));
	(void)sink_open(&sink, SINK_ARCHIVE, "/tmp");
	CHECK(tree_compare(&tree, &sink) == -EILSEQ && strstr(sink.error, "not understood at byte 512") != NULL);
	sink_close(&sink);
	tree_close(&tree);
}

void test_tree(void)
{
	char directory[] = "/tmp/agent-tree-XXXXXX";

	CHECK(mkdtemp(directory) != NULL);
	CHECK(shell(make_tree, directory) == 0);
	check_format(directory, "--format=gnu", 10240, false);
	check_format(directory, "--format=gnu --sparse", 511, false);
	check_format(directory, "--format=pax --xattrs --sparse", 1 << 20, true);
	check_format(directory, "--format=pax --xattrs --sparse", 7, false);
	check_format(directory, "--format=pax --xattrs --sparse --sparse-version=0.1", 4096, false);
	check_format(directory, "--format=pax --xattrs --sparse --sparse-version=0.0", 100000, false);
	later_members_count(directory);
	refuses_what_is_no_archive();
	CHECK(shell("rm -rf \"$1\"", directory) == 0);
}

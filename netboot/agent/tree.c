#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(void **at, size_t *room, size_t wanted, size_t item_bytes)
{
	size_t larger = *room;
	void *moved;

	if (wanted <= *room)
		return true;
	while (larger < wanted)
		larger = larger * 2 + 64;
	moved = realloc(*at, larger * item_bytes);
	if (moved == NULL)
		return false;
	*at = moved;
	*room = larger;
	return true;
}

static uint64_t keep_text(struct tree *tree, const char *text)
{
	size_t bytes = strlen(text) + 1, at = tree->texts_bytes;

	if (!make_room((void **)&tree->texts, &tree->texts_room, at + bytes, 1)) {
		tree->no_memory = true;
		return 0;
	}
	memcpy(tree->texts + at, text, bytes);
	tree->texts_bytes += bytes;
	return at;
}

static struct tree_record *add_record(struct tree *tree, const char *path, const char *link)
{
	struct tree_record *record;
	uint64_t path_at = keep_text(tree, path), link_at = keep_text(tree, link);

	if (tree->no_memory || !make_room((void **)&tree->records, &tree->room, tree->count + 1, sizeof(*record))) {
		tree->no_memory = true;
		return NULL;
	}
	record = &tree->records[tree->count++];
	*record = (struct tree_record){ .path = path_at, .link = link_at };
	return record;
}

/*
 * A path as tar unpacks it: relative, without the dots and slashes that mean nothing. False: it leads
 * out of the archive, which tar mends in a way of its own.
 */
static bool clean_path(const char *path, char out[static TAR_PATH_BYTES])
{
	size_t used = 0;

	while (*path != '\0') {
		size_t bytes = strcspn(path, "/");

		if (bytes == 2 && path[0] == '.' && path[1] == '.')
			return false;
		if (bytes > 0 && !(bytes == 1 && path[0] == '.')) {
			if (used > 0)
				out[used++] = '/';
			memcpy(out + used, path, bytes);
			used += bytes;
		}
		path += bytes + (path[bytes] == '/');
	}
	memcpy(out + used, used == 0 ? "." : "", used == 0 ? 2 : 1);
	return true;
}

static void on_entry(void *context, const struct tar_entry *entry)
{
	char path[TAR_PATH_BYTES + 2], link[TAR_PATH_BYTES + 2];
	struct tree *tree = context;
	struct tree_record *record;

	tree->digesting = false;
	if (strchr("0123456", entry->type) == NULL || !clean_path(entry->path, path))
		return;
	if (entry->type == '1' && !clean_path(entry->link, link))
		return;
	record = add_record(tree, path, entry->type == '1' ? link : entry->type == '2' ? entry->link : "");
	if (record == NULL)
		return;
	record->type = entry->type;
	record->bytes = entry->bytes;
	record->mode = (uint32_t)entry->mode & 07777;
	record->uid = (uint32_t)entry->uid;
	record->gid = (uint32_t)entry->gid;
	record->major = (uint32_t)entry->major;
	record->minor = (uint32_t)entry->minor;
	tree->digesting = entry->type == '0';
}

static void on_attribute(void *context, const char *name, const uint8_t *value, size_t value_bytes)
{
	struct tree *tree = context;
	struct tree_record *record;
	size_t member = tree->count;

	while (member > 0 && tree->records[member - 1].type == TREE_ATTRIBUTE)
		member--;
	if (member == 0)
		return;
	record = add_record(tree, "", name);	/* its path is the member's own text */
	if (record == NULL)
		return;
	record->path = tree->records[member - 1].path;
	record->type = TREE_ATTRIBUTE;
	record->bytes = value_bytes;
	digest_of(value, value_bytes, record->digest);
}

static void on_data(void *context, const uint8_t *data, uint64_t bytes)
{
	struct tree *tree = context;

	if (tree->digesting)
		content_add(&tree->content, data, bytes);
}

static void on_end(void *context)
{
	struct tree *tree = context;
	size_t member = tree->count;

	if (!tree->digesting)
		return;
	while (tree->records[member - 1].type == TREE_ATTRIBUTE)
		member--;
	content_finish(&tree->content, tree->records[member - 1].digest);
	tree->digesting = false;
}

static const struct tar_events events = {
	.entry = on_entry, .attribute = on_attribute, .data = on_data, .end = on_end,
};

/* Returns 0 or -ENOMEM; tree_close() in every case. */
int tree_open(struct tree *tree)
{
	memset(tree, 0, sizeof(*tree));
	tar_walk_open(&tree->walk, &events, tree);
	return content_open(&tree->content);
}

/* Work beside the unpacking: the next bytes of the archive. */
void tree_feed(void *context, const uint8_t *data, uint64_t bytes)
{
	struct tree *tree = context;

	tar_walk_feed(&tree->walk, data, (size_t)bytes);
}

void tree_close(struct tree *tree)
{
	tar_walk_close(&tree->walk);
	content_close(&tree->content);
	free(tree->records);
	free(tree->texts);
	tree->records = NULL;
	tree->texts = NULL;
}

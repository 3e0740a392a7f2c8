/* The walk through an image's archive: whatever the bytes, and however they are cut, it tells the same. */
#include <stdlib.h>
#include <string.h>

#include "../../netboot/agent/tar_walk.h"

struct story {
	uint64_t entries, data, holes, attributes, mixed;
};

static void on_entry(void *context, const struct tar_entry *entry)
{
	struct story *story = context;

	story->entries++;
	if (strlen(entry->path) >= TAR_PATH_BYTES || strlen(entry->link) >= TAR_PATH_BYTES)
		abort();
	story->mixed = story->mixed * 31 + entry->bytes + (uint64_t)entry->type + strlen(entry->path);
}

static void on_attribute(void *context, const char *name, const uint8_t *value, size_t value_bytes)
{
	struct story *story = context;

	story->attributes++;
	story->mixed = story->mixed * 31 + strlen(name) + value_bytes + (value_bytes > 0 ? value[value_bytes - 1] : 0);
}

static void on_data(void *context, const uint8_t *data, uint64_t bytes)
{
	struct story *story = context;

	*(data == NULL ? &story->holes : &story->data) += bytes;
	for (uint64_t i = 0; data != NULL && i < bytes; i++)
		story->mixed = story->mixed * 31 + data[i];
}

static void on_end(void *context)
{
	struct story *story = context;

	story->mixed = story->mixed * 31 + 1;
}

static const struct tar_events events = { on_entry, on_attribute, on_data, on_end };

static struct story walk(const uint8_t *data, size_t bytes, size_t piece)
{
	struct story story = { 0 };
	struct tar_walk walk;

	tar_walk_open(&walk, &events, &story);
	for (size_t at = 0; at < bytes; at += piece)
		tar_walk_feed(&walk, data + at, bytes - at < piece ? bytes - at : piece);
	story.mixed += (uint64_t)walk.state + walk.offset;
	tar_walk_close(&walk);
	return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Headers have sums, which no fuzzer guesses: each block is given the right one, unless its first byte is odd. */
static void mend_sums(uint8_t *data, size_t bytes)
{
	for (size_t at = 0; at + TAR_BLOCK_BYTES <= bytes; at += TAR_BLOCK_BYTES) {
		unsigned int sum = 8 * ' ';

		if ((data[at] & 1) != 0)
			continue;
		for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
			sum += i >= 148 && i < 156 ? 0 : data[at + i];
		for (size_t i = 0; i < 6; i++)
			data[at + 148 + i] = (uint8_t)('0' + (sum >> (15 - 3 * i) & 7));
		data[at + 154] = '\0';
		data[at + 155] = ' ';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes + 1);
	struct story whole, cut;

	if (bytes > 0)
		memcpy(copy, data, bytes);
	mend_sums(copy, bytes);
	whole = walk(copy, bytes, bytes + 1);
	cut = walk(copy, bytes, 1 + bytes % 37);
	if (memcmp(&whole, &cut, sizeof(whole)) != 0)
		abort();
	free(copy);
	return 0;
}

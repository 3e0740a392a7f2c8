#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "vectors.h"
#include "../../netboot/agent/hex.h"
#include "../../netboot/agent/manifest.h"

static const char *const names[] = {
	"OK", "BAD_LENGTH", "BAD_MAGIC", "BAD_KIND", "BAD_RESERVED", "TOO_MANY", "BAD_ORDER", "BAD_ZERO_RUN", "BAD_SIZE",
};

static void describe_entries(const struct manifest *manifest, char *out, size_t out_bytes)
{
	size_t used = 0;

	snprintf(out, out_bytes, "-");
	for (uint32_t i = 0; i < manifest->entry_count; i++) {
		struct manifest_entry entry = manifest_entry(manifest, i);
		char digest[2 * DIGEST_BYTES + 1];

		hex_encode(entry.digest, DIGEST_BYTES, digest);
		used += (size_t)snprintf(out + used, out_bytes - used, "%s%" PRIu64 ":%" PRIu64 ":%u:%s", i > 0 ? "," : "",
					 entry.raw_offset, entry.raw_bytes, entry.compressed_bytes, digest);
	}
}

static void check_row(const struct row *row)
{
	struct bytes in = bytes_of_hex(row->column[6]);
	struct manifest manifest = { 0 };
	enum manifest_status status = manifest_parse(in.at, in.count, &manifest);
	char digest[2 * DIGEST_BYTES + 1], entries[1024];

	CHECK_ROW(strcmp(names[-(int)status], row->column[1]) == 0, row->column[0]);
	if (status == MANIFEST_OK) {
		CHECK_ROW((int)manifest.kind == atoi(row->column[2]), row->column[0]);
		CHECK_ROW(manifest.raw_bytes == strtoull(row->column[3], NULL, 10), row->column[0]);
		hex_encode(manifest.raw_digest, DIGEST_BYTES, digest);
		CHECK_ROW(strcmp(digest, row->column[4]) == 0, row->column[0]);
		describe_entries(&manifest, entries, sizeof(entries));
		CHECK_ROW(strcmp(entries, row->column[5]) == 0, row->column[0]);
	} else {
		CHECK_ROW(manifest.entries == NULL, "untouched unless OK");
	}
	free(in.at);
}

void test_manifest(void)
{
	for_each_row("manifest.tsv", 7, check_row);
}

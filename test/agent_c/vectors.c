#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "../../netboot/agent/hex.h"

struct bytes bytes_of_hex(const char *hex)
{
	struct bytes out = { NULL, strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2 };

	out.at = malloc(out.count + (out.count == 0));
	if (out.at == NULL)
		abort();
	if (out.count > 0 && hex_decode(hex, strlen(hex), out.at, out.count) < 0)
		abort();
	return out;
}

/* "hex:…" is bytes, everything else the text itself. */
struct bytes bytes_of_text(const char *text)
{
	struct bytes out;

	if (strncmp(text, "hex:", 4) == 0)
		return bytes_of_hex(text[4] == '\0' ? "-" : text + 4);
	out.count = strlen(text);
	out.at = malloc(out.count + (out.count == 0));
	if (out.at == NULL)
		abort();
	memcpy(out.at, text, out.count);
	return out;
}

static void split(char *line, struct row *row)
{
	char *rest = line, *column;

	row->count = 0;
	while (row->count < COLUMNS_MAX && (column = strsep(&rest, "\t\n")) != NULL)
		row->column[row->count++] = column;
	if (row->count > 0)
		row->count--;	/* behind the line's end */
}

void for_each_row(const char *name, size_t columns, void (*run)(const struct row *row))
{
	char path[256], *line = NULL;
	size_t line_room = 0;
	struct row row;
	FILE *file;

	snprintf(path, sizeof(path), "test/vectors/%s", name);
	file = fopen(path, "re");
	CHECK_ROW(file != NULL, path);
	if (file == NULL)
		return;
	while (getline(&line, &line_room, file) > 0) {
		if (line[0] == '#')
			continue;
		split(line, &row);
		CHECK_ROW(row.count == columns, row.column[0]);
		if (row.count == columns)
			run(&row);
	}
	free(line);
	fclose(file);
}

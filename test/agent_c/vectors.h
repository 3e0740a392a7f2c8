/* Reads test/vectors: tab separated rows, "#" begins a comment, "-" is nothing. */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include <stddef.h>
#include <stdint.h>

enum { COLUMNS_MAX = 8 };

struct row {
	char *column[COLUMNS_MAX];
	size_t count;
};

/* An exact-size heap copy, so that the sanitizer sees a parser read one byte too far. */
struct bytes {
	uint8_t *at;
	size_t count;
};

void for_each_row(const char *name, size_t columns, void (*run)(const struct row *row));
struct bytes bytes_of_hex(const char *hex);
struct bytes bytes_of_text(const char *text);

#endif

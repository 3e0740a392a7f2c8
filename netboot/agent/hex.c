#include "hex.h"

#include <errno.h>

/* Write bytes as lower-case hex with a NUL; out has room for 2 * bytes_count + 1. */
void hex_encode(const uint8_t *bytes, size_t bytes_count, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes_count; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Read exactly out_bytes bytes from text. Returns 0, or -EBADMSG when the length
 * or a digit is wrong; then what out holds has no meaning.
 */
int hex_decode(const char *text, size_t text_bytes, uint8_t *out, size_t out_bytes)
{
	if (text_bytes / 2 != out_bytes || text_bytes % 2 != 0)
		return -EBADMSG;
	for (size_t i = 0; i < out_bytes; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Read a decimal number without leading zeros from *at; returns -EBADMSG past max. */
static int take_number(const char **at, const char *end, uint32_t max, uint32_t *out)
{
	const char *start = *at;
	uint32_t value = 0;

	while (*at < end && **at >= '0' && **at <= '9') {
		value = value * 10 + (uint32_t)(**at - '0');
		if (value > max)
			return -EBADMSG;
		(*at)++;
	}
	if (*at == start || (*start == '0' && *at - start > 1))
		return -EBADMSG;
	*out = value;
	return 0;
}

static int take_address(const char **at, const char *end, uint32_t *out)
{
	uint32_t address = 0, part;

	for (int i = 0; i < 4; i++) {
		if (i > 0 && (*at == end || *(*at)++ != '.'))
			return -EBADMSG;
		if (take_number(at, end, 255, &part) < 0)
			return -EBADMSG;
		address = address << 8 | part;
	}
	*out = address;
	return 0;
}

/* Read "10.77.0.1". Returns 0 or -EBADMSG; *out is untouched on failure. */
int address_parse(const char *text, size_t text_bytes, uint32_t *out)
{
	const char *at = text, *end = text + text_bytes;
	uint32_t address;

	if (take_address(&at, end, &address) < 0 || at != end)
		return -EBADMSG;
	*out = address;
	return 0;
}

/* Read "10.77.0.1:7800", port 1 to 65535. Returns 0 or -EBADMSG; *out is untouched on failure. */
int endpoint_parse(const char *text, size_t text_bytes, struct endpoint *out)
{
	const char *at = text, *end = text + text_bytes;
	uint32_t address, port;

	if (take_address(&at, end, &address) < 0 || at == end || *at++ != ':')
		return -EBADMSG;
	if (take_number(&at, end, 65535, &port) < 0 || at != end || port == 0)
		return -EBADMSG;
	out->address = address;
	out->port = (uint16_t)port;
	return 0;
}

void address_format(uint32_t a, char out[static ENDPOINT_TEXT_BYTES])
{
	snprintf(out, ENDPOINT_TEXT_BYTES, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

void endpoint_format(const struct endpoint *endpoint, char out[static ENDPOINT_TEXT_BYTES])
{
	uint32_t a = endpoint->address;

	snprintf(out, ENDPOINT_TEXT_BYTES, "%u.%u.%u.%u:%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
		 (unsigned int)endpoint->port);
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->address == b->address && a->port == b->port;
}

struct sockaddr_in endpoint_sockaddr(const struct endpoint *endpoint)
{
	struct sockaddr_in out;

	memset(&out, 0, sizeof(out));
	out.sin_family = AF_INET;
	out.sin_addr.s_addr = htonl(endpoint->address);
	out.sin_port = htons(endpoint->port);
	return out;
}

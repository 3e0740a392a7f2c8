/* Where something listens: an IPv4 address and a TCP port, written "10.77.0.1:7800". */
#ifndef AGENT_ENDPOINT_H
#define AGENT_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENDPOINT_TEXT_BYTES = 22 };	/* "255.255.255.255:65535" and NUL */

struct endpoint {
	uint32_t address;	/* host byte order */
	uint16_t port;
};

int endpoint_parse(const char *text, size_t text_bytes, struct endpoint *out);
int address_parse(const char *text, size_t text_bytes, uint32_t *out);
void address_format(uint32_t address, char out[static ENDPOINT_TEXT_BYTES]);
void endpoint_format(const struct endpoint *endpoint, char out[static ENDPOINT_TEXT_BYTES]);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
struct sockaddr_in endpoint_sockaddr(const struct endpoint *endpoint);

#endif

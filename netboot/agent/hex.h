/* Hexadecimal text. */
#ifndef AGENT_HEX_H
#define AGENT_HEX_H

#include <stddef.h>
#include <stdint.h>

void hex_encode(const uint8_t *bytes, size_t bytes_count, char *out);
int hex_decode(const char *text, size_t text_bytes, uint8_t *out, size_t out_bytes);

#endif

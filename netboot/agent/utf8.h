/* UTF-8, RFC 3629. */
#ifndef AGENT_UTF8_H
#define AGENT_UTF8_H

#include <stddef.h>
#include <stdint.h>

size_t utf8_sequence(const char *at, size_t bytes);
size_t utf8_put(uint32_t code_point, char out[static 4]);

#endif

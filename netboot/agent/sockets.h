/* TCP sockets as both conversations need them: numeric IPv4, every wait with a limit. */
#ifndef AGENT_SOCKETS_H
#define AGENT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"

int socket_listen(uint32_t address, uint16_t port, uint16_t *bound_port);
uint32_t socket_peer(int fd);
int socket_connect(const struct endpoint *to, uint32_t from_address, int time_limit_ms, int stop_fd);
int socket_wait(int fd, short events, int time_limit_ms, int stop_fd);
int socket_read_all(int fd, uint8_t *out, size_t bytes, int silence_ms, int stop_fd);
int socket_read_until(int fd, uint8_t *out, size_t bytes, int64_t until_ms);
int socket_write_all(int fd, const uint8_t *data, size_t bytes);

#endif

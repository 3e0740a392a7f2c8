/* TLS 1.3 to the one server whose public key we were told. Names and dates do not matter: a node has no clock. */
#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <openssl/ssl.h>
#include <stdint.h>

SSL_CTX *tls_context(const uint8_t pin[static 32]);
int tls_handshake(SSL_CTX *context, int fd, int time_limit_ms, SSL **out);
const char *tls_problem(void);

#endif

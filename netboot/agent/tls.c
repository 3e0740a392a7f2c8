#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdlib.h>

#include "clock.h"
#include "digest.h"
#include "log.h"
#include "sockets.h"

/* Replaces OpenSSL's chain building: the pin alone decides. */
static int verify_pin(X509_STORE_CTX *chain, void *pin)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(chain);
	uint8_t digest[DIGEST_BYTES];
	unsigned char *der = NULL;
	int der_bytes, same;

	if (certificate == NULL)
		return 0;
	der_bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	if (der_bytes <= 0)
		return 0;
	digest_of(der, (size_t)der_bytes, digest);
	OPENSSL_free(der);
	same = equal_in_constant_time(digest, pin, DIGEST_BYTES);
	X509_STORE_CTX_set_error(chain, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
	return same;
}

/* A context that accepts only the server with this pin, which must outlive it; NULL when memory is gone. */
SSL_CTX *tls_context(const uint8_t pin[static 32])
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	/* OpenSSL's argument is not const; verify_pin() only reads it. */
	SSL_CTX_set_cert_verify_callback(context, verify_pin, (void *)(uintptr_t)pin);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return context;
}

/* Handshake on a connected socket that does not block. Returns 0 and *out, or -errno; the caller keeps fd. */
int tls_handshake(SSL_CTX *context, int fd, int time_limit_ms, SSL **out)
{
	int64_t deadline = now_ms() + time_limit_ms;
	SSL *ssl = SSL_new(context);
	int rc = 0;

	if (ssl == NULL)
		return -ENOMEM;
	if (SSL_set_fd(ssl, fd) != 1)
		rc = -ENOMEM;
	while (rc == 0) {
		int64_t left = deadline - now_ms();
		int done, want;

		ERR_clear_error();
		done = SSL_connect(ssl);
		if (done == 1)
			break;
		want = SSL_get_error(ssl, done);
		if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
			rc = SSL_get_verify_result(ssl) == X509_V_ERR_CERT_REJECTED ? -EKEYREJECTED : -EPROTO;
		else if (left <= 0)
			rc = -ETIMEDOUT;
		else
			rc = socket_wait(fd, want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, (int)left, -1);
	}
	if (rc < 0) {
		SSL_free(ssl);
		return rc;
	}
	*out = ssl;
	return 0;
}

/* What OpenSSL has to say about the last failure of this thread. */
const char *tls_problem(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason == NULL ? "no reason given" : reason;
}

#include "digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"

/* SHA-256 of OpenSSL fails only when memory for it is gone or the library is broken: nothing to go on with. */
static void must(int ok)
{
	if (ok == 1)
		return;
	say("Cannot compute a digest: OpenSSL refused");
	abort();
}

int digest_open(struct digest *digest)
{
	digest->ctx = EVP_MD_CTX_new();
	if (digest->ctx == NULL)
		return -ENOMEM;
	digest_restart(digest);
	return 0;
}

void digest_restart(struct digest *digest)
{
	must(EVP_DigestInit_ex(digest->ctx, EVP_sha256(), NULL));
}

void digest_add(struct digest *digest, const void *bytes, size_t count)
{
	must(EVP_DigestUpdate(digest->ctx, bytes, count));
}

/* Leaves the digest as digest_restart() would. */
void digest_finish(struct digest *digest, uint8_t out[static DIGEST_BYTES])
{
	must(EVP_DigestFinal_ex(digest->ctx, out, NULL));
	digest_restart(digest);
}

void digest_close(struct digest *digest)
{
	EVP_MD_CTX_free(digest->ctx);
	digest->ctx = NULL;
}

void digest_of(const void *bytes, size_t count, uint8_t out[static DIGEST_BYTES])
{
	must(EVP_Digest(bytes, count, out, NULL, EVP_sha256(), NULL));
}

static void proof(const struct data_proof_input *in, const char *word, const uint8_t *first,
		  const uint8_t *second, uint8_t out[static PROOF_BYTES])
{
	uint8_t text[16 + BROADCAST_BYTES + 2 * NONCE_BYTES];
	size_t word_bytes = strlen(word);

	memcpy(text, word, word_bytes);
	memcpy(text + word_bytes, in->broadcast, BROADCAST_BYTES);
	memcpy(text + word_bytes + BROADCAST_BYTES, first, NONCE_BYTES);
	memcpy(text + word_bytes + BROADCAST_BYTES + NONCE_BYTES, second, NONCE_BYTES);
	must(HMAC(EVP_sha256(), in->key, 32, text, word_bytes + BROADCAST_BYTES + 2 * NONCE_BYTES, out, NULL) != NULL);
}

void proof_of_upstream(const struct data_proof_input *in, uint8_t out[static PROOF_BYTES])
{
	proof(in, "upstream", in->nonce_downstream, in->nonce_upstream, out);
}

void proof_of_downstream(const struct data_proof_input *in, uint8_t out[static PROOF_BYTES])
{
	proof(in, "downstream", in->nonce_upstream, in->nonce_downstream, out);
}

bool equal_in_constant_time(const uint8_t *a, const uint8_t *b, size_t count)
{
	return CRYPTO_memcmp(a, b, count) == 0;
}

void random_bytes(uint8_t *out, size_t count)
{
	while (count > 0) {
		ssize_t got = getrandom(out, count, 0);

		if (got < 0 && errno == EINTR)
			continue;
		must(got > 0);
		out += got;
		count -= (size_t)got;
	}
}

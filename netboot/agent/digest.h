/* SHA-256, HMAC, random bytes and comparison in constant time, by OpenSSL's EVP. */
#ifndef AGENT_DIGEST_H
#define AGENT_DIGEST_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data_frame.h"
#include "manifest.h"

struct digest {
	EVP_MD_CTX *ctx;
};

struct data_proof_input {
	const uint8_t *key;		/* 32 bytes */
	const uint8_t *broadcast;	/* 16 bytes */
	const uint8_t *nonce_downstream, *nonce_upstream;
};

int digest_open(struct digest *digest);
void digest_restart(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t count);
void digest_finish(struct digest *digest, uint8_t out[static DIGEST_BYTES]);
void digest_close(struct digest *digest);

void digest_of(const void *bytes, size_t count, uint8_t out[static DIGEST_BYTES]);
void proof_of_upstream(const struct data_proof_input *in, uint8_t out[static PROOF_BYTES]);
void proof_of_downstream(const struct data_proof_input *in, uint8_t out[static PROOF_BYTES]);
bool equal_in_constant_time(const uint8_t *a, const uint8_t *b, size_t count);
void random_bytes(uint8_t *out, size_t count);

#endif

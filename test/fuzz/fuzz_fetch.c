/*
 * An upstream that may say anything: the bytes come over a socket, as from the network, into
 * a store that knows the manifest (even first byte) or not yet (odd).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../netboot/agent/bytes.h"
#include "../../netboot/agent/check.h"
#include "../../netboot/agent/fetch_frame.h"

enum { ENTRIES = 4, CHUNK = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t build_manifest(uint8_t *out)
{
	memset(out, 0, MANIFEST_HEADER_BYTES + ENTRIES * MANIFEST_ENTRY_BYTES);
	memcpy(out, "BGM1", 4);
	out[4] = MANIFEST_DISK;
	store_u32_be(out + 12, ENTRIES * 4096);
	store_u32_be(out + 48, ENTRIES);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		uint8_t *entry = out + MANIFEST_HEADER_BYTES + (size_t)i * MANIFEST_ENTRY_BYTES;

		store_u32_be(entry + 4, i * 4096);
		store_u32_be(entry + 12, 4096);
		store_u32_be(entry + 16, i == 1 ? 0 : CHUNK);
	}
	return MANIFEST_HEADER_BYTES + ENTRIES * MANIFEST_ENTRY_BYTES;
}

static void learn_manifest(struct store *store)
{
	uint8_t manifest[MANIFEST_HEADER_BYTES + ENTRIES * MANIFEST_ENTRY_BYTES], *at;
	size_t bytes = build_manifest(manifest);

	if (store_room(store, MANIFEST_CHUNK, (uint32_t)bytes, &at) < 0)
		abort();
	memcpy(at, manifest, bytes);
	store_grew(store, MANIFEST_CHUNK, bytes);
	if (store_manifest_checked(store) < 0)
		abort();
}

static void blame(void *context, uint32_t chunk, const struct endpoint *upstream)
{
	(void)context;
	(void)chunk;
	(void)upstream;
}

/* What a checking thread would say, alternately; so that verdicts of all kinds meet what the upstream says. */
static void check_some(struct store *store, uint8_t how)
{
	pthread_mutex_lock(&store->lock);
	for (uint32_t i = store->checked_count; i < store->growing; i++) {
		if (store->chunks[i].blob == NULL || store->chunks[i].checked)
			continue;
		if (how & 1)
			store_found_bad(store, i);
		else
			store_found_right(store, i);
		how >>= 1;
		break;
	}
	pthread_mutex_unlock(&store->lock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct endpoint_list list = { .count = 1, .at = { { 0x7f000001, 1 } } };
	static struct upstreams upstreams;
	struct store_identity identity = { .broadcast = { 1 } };
	struct fetcher fetcher = { .upstreams = &upstreams, .blame = blame };
	uint32_t chunk = 0, offset_bytes = 0;
	int pair[2], rc = 0;

	if (size < 2 || size > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 0;
	fetcher.store = store_new(&identity, 1 << 20);
	upstreams_init(&upstreams, &list);
	(void)upstreams_next(&upstreams);
	if (data[0] % 2 == 0)
		learn_manifest(fetcher.store);
	if (send(pair[1], data + 2, size - 2, MSG_DONTWAIT) < 0)
		abort();
	close(pair[1]);
	(void)store_wanted(fetcher.store, &chunk, &offset_bytes);
	fetch_begin(&fetcher, pair[0], chunk, offset_bytes);
	for (int i = 0; rc == 0 && i < 2000 && !fetcher.ended; i++) {
		rc = fetch_step(&fetcher);
		if (fetcher.store->manifest_known)
			check_some(fetcher.store, (uint8_t)(data[1] >> (i % 8)));
	}
	close(pair[0]);
	store_drop(fetcher.store);
	return 0;
}

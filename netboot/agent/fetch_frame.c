#include "fetch_frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "fetch_link.h"
#include "frame.h"
#include "log.h"
#include "sockets.h"

enum { SKIP_BYTES = 4096 };

/* How long the growing chunk is, as far as that is known: of a manifest first only its header. 0: malformed. */
static uint32_t wanted_bytes(const struct store *store, uint32_t chunk)
{
	size_t bytes;

	/* Only this thread changes what is read here, so no lock. */
	if (chunk != MANIFEST_CHUNK)
		return manifest_entry(&store->manifest, chunk).compressed_bytes;
	if (store->manifest_chunk.have_bytes < MANIFEST_HEADER_BYTES)
		return MANIFEST_HEADER_BYTES;
	return manifest_length(store->manifest_chunk.blob->data, &bytes) == MANIFEST_OK ? (uint32_t)bytes : 0;
}

static void forget_copy(struct fetcher *fetcher, uint32_t chunk)
{
	store_dropped(fetcher->store, chunk);
	digest_restart(&fetcher->digest);
	fetcher->sole = true;
}

/* The growing chunk is whole: is it right? Returns 0 or -errno. */
static int check_chunk(struct fetcher *fetcher, uint32_t chunk)
{
	struct store *store = fetcher->store;
	const uint8_t *wanted = chunk == MANIFEST_CHUNK ? store->identity.manifest_digest :
				manifest_entry(&store->manifest, chunk).digest;
	uint8_t digest[DIGEST_BYTES];

	digest_finish(&fetcher->digest, digest);
	if (memcmp(digest, wanted, DIGEST_BYTES) != 0) {
		fetcher->bad_was_sole = fetcher->sole;
		forget_copy(fetcher, chunk);
		fetcher->doubted = true;
		return 0;
	}
	fetcher->sole = true;
	upstreams_progress(fetcher->upstreams);
	if (chunk != MANIFEST_CHUNK) {
		store_checked(store, chunk);
		return 0;
	}
	fetcher->problem = store_manifest_checked(store);
	return fetcher->problem;
}

/* Read at most `limit` bytes of a piece into the growing chunk. Returns the bytes read, or -errno. */
static int read_into_chunk(struct fetcher *fetcher, int fd, uint32_t chunk, size_t limit)
{
	struct store *store = fetcher->store;
	uint32_t chunk_bytes = wanted_bytes(store, chunk), missing;
	uint8_t *at;
	ssize_t got;
	int rc;

	if (chunk_bytes == 0) {
		forget_copy(fetcher, chunk);	/* no manifest starts like this: nobody could add the rest */
		return -EBADMSG;
	}
	rc = store_room(store, chunk, chunk_bytes, &at);
	if (rc < 0) {
		fetcher->problem = rc == -ENOMEM ? rc : 0;
		return rc;
	}
	missing = chunk_bytes - (chunk == MANIFEST_CHUNK ? &store->manifest_chunk : &store->chunks[chunk])->have_bytes;
	if (missing == 0)
		return -EPROTO;
	while ((got = recv(fd, at, limit < missing ? limit : missing, MSG_DONTWAIT)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		rc = socket_wait(fd, POLLIN, UPSTREAM_SILENCE_MS, fetcher->wake_fd);
		if (rc < 0)
			return rc;
	}
	if (got == 0)
		return -ECONNRESET;
	digest_add(&fetcher->digest, at, (size_t)got);
	store_grew(store, chunk, (size_t)got);
	upstreams_gave(fetcher->upstreams, (uint64_t)got);
	if ((size_t)got == missing && wanted_bytes(store, chunk) == chunk_bytes)
		rc = check_chunk(fetcher, chunk);
	return rc < 0 ? rc : (int)got;
}

/* A piece whose payload is still on the socket. Returns 0 or -errno. */
static int take_piece(struct fetcher *fetcher, int fd, size_t payload_bytes)
{
	uint8_t header[PIECE_HEADER_BYTES];
	struct data_piece piece = { 0 };
	uint32_t chunk, offset_bytes;
	int rc;

	if (payload_bytes <= PIECE_HEADER_BYTES)
		return -EPROTO;
	rc = socket_read_all(fd, header, sizeof(header), UPSTREAM_SILENCE_MS, fetcher->wake_fd);
	if (rc < 0)
		return rc;
	/* In order and nothing else: after a bad copy the verdict comes first. */
	if (data_parse_piece(header, payload_bytes, &piece) < 0 || fetcher->doubted ||
	    !store_wanted(fetcher->store, &chunk, &offset_bytes) ||
	    piece.chunk != chunk || piece.offset_bytes != offset_bytes)
		return -EPROTO;
	while (piece.bytes > 0) {
		/* A piece never reaches into the next chunk, so the chunk stays the one that it names. */
		if (fetcher->doubted || !store_wanted(fetcher->store, &chunk, &offset_bytes) || chunk != piece.chunk)
			return -EPROTO;
		rc = read_into_chunk(fetcher, fd, piece.chunk, piece.bytes);
		if (rc < 0)
			return rc;
		piece.bytes -= (size_t)rc;
	}
	return 0;
}

/*
 * `verified`: the upstream vouches for a chunk. If ours was bad and every byte of it came from
 * there, it is to blame. Returns 0, -EBADMSG to try another, -ESTALE to ask the same one for it afresh.
 */
static int take_verified(struct fetcher *fetcher, uint32_t chunk)
{
	struct endpoint upstream;

	if (!fetcher->doubted)
		return 0;
	fetcher->doubted = false;
	if (!fetcher->bad_was_sole || !upstreams_current(fetcher->upstreams, &upstream))
		return -ESTALE;
	upstreams_gave_bad_chunk(fetcher->upstreams);
	fetcher->blame(fetcher->context, chunk, &upstream);
	return -EBADMSG;
}

/* `retract`: the upstream found its own copy bad; it sends the chunk again. */
static void take_retract(struct fetcher *fetcher, uint32_t retracted)
{
	uint32_t chunk, offset_bytes;

	if (!store_wanted(fetcher->store, &chunk, &offset_bytes) || chunk != retracted)
		return;		/* checked already, or not begun */
	if (!fetcher->doubted)
		forget_copy(fetcher, chunk);
	fetcher->doubted = false;
}

/* A frame of a later version: read past it. */
static int skip_payload(struct fetcher *fetcher, int fd, size_t payload_bytes)
{
	uint8_t ignored[SKIP_BYTES];
	int rc = 0;

	while (rc == 0 && payload_bytes > 0) {
		size_t bytes = payload_bytes < sizeof(ignored) ? payload_bytes : sizeof(ignored);

		rc = socket_read_all(fd, ignored, bytes, UPSTREAM_SILENCE_MS, fetcher->wake_fd);
		payload_bytes -= bytes;
	}
	return rc;
}

/* A frame other than piece. Returns 0 or -errno. */
static int take_small(struct fetcher *fetcher, int fd, uint8_t type, size_t payload_bytes)
{
	uint8_t payload[DATA_SMALL_MAX_BYTES], reason;
	uint32_t chunk;
	int rc;

	if (type < DATA_REFUSE || type > DATA_END)
		return skip_payload(fetcher, fd, payload_bytes);
	if (payload_bytes > sizeof(payload))
		return -EPROTO;
	rc = socket_read_all(fd, payload, payload_bytes, UPSTREAM_SILENCE_MS, fetcher->wake_fd);
	if (rc < 0)
		return rc;
	switch (type) {
	case DATA_VERIFIED:
		return data_parse_chunk(payload, payload_bytes, &chunk) < 0 ? -EPROTO : take_verified(fetcher, chunk);
	case DATA_RETRACT:
		if (data_parse_chunk(payload, payload_bytes, &chunk) < 0)
			return -EPROTO;
		take_retract(fetcher, chunk);
		return 0;
	case DATA_REFUSE:
		if (data_parse_refuse(payload, payload_bytes, &reason) == 0)
			say("The upstream refuses: %s", refuse_reason_text(reason));
		return -ECONNREFUSED;
	case DATA_IDLE:
		/* Who has nothing to say about a copy that we found bad will not say it later either. */
		return data_parse_empty(payload_bytes) < 0 || fetcher->doubted ? -EPROTO : 0;
	default:
		return -EPROTO;		/* `end`, but there is something left that we want */
	}
}

/*
 * Read one frame of the upstream and act on it. Returns 0, -EBADMSG after a bad chunk, -ESTALE when
 * the same upstream is to be asked afresh, -ECANCELED by wake_fd, or -errno of what else went wrong.
 */
int fetch_frame(struct fetcher *fetcher, int fd)
{
	uint8_t header[FRAME_HEADER_BYTES], type;
	size_t payload_bytes;
	int rc;

	rc = socket_read_all(fd, header, sizeof(header), UPSTREAM_SILENCE_MS, fetcher->wake_fd);
	if (rc < 0)
		return rc;
	if (frame_parse_header(header, sizeof(header), &type, &payload_bytes) != FRAME_OK)
		return -EPROTO;
	if (type == DATA_PIECE)
		return take_piece(fetcher, fd, payload_bytes);
	return take_small(fetcher, fd, type, payload_bytes);
}

#include "fetch_frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "clock.h"
#include "digest.h"
#include "feed.h"
#include "fetch_link.h"
#include "frame.h"

enum { DISCARD_BYTES = 64 * 1024 };

/* A connection that asked for the stream from here on. */
void fetch_begin(struct fetcher *fetcher, int fd, uint32_t chunk, uint32_t offset_bytes)
{
	int64_t number = chunk == MANIFEST_CHUNK ? -1 : (int64_t)chunk;

	fetcher->fd = fd;
	fetcher->ended = fetcher->piece_wanted = fetcher->replaying = false;
	fetcher->quiet_since_ms = 0;
	fetcher->head_bytes = fetcher->piece_left_bytes = 0;
	fetcher->first_asked = number;
	fetcher->first_sole = offset_bytes == 0 ? number : number + 1;
	fetcher->vouched = fetcher->doubted = NO_CHUNK;
}

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

/* The manifest is whole: is it right? Returns 0 or -errno. */
static int check_manifest(struct fetcher *fetcher)
{
	struct store *store = fetcher->store;
	uint8_t digest[DIGEST_BYTES];

	digest_of(store->manifest_chunk.blob->data, store->manifest_chunk.blob->bytes, digest);
	if (memcmp(digest, store->identity.manifest_digest, DIGEST_BYTES) != 0)
		return fetch_doubt(fetcher, -1);
	fetcher->problem = store_manifest_checked(store);
	return fetcher->problem;
}

/* Where bytes of the present piece go: *at and how many at most. Returns 0 or -errno. */
static int place_for_piece(struct fetcher *fetcher, uint8_t **at, size_t *limit)
{
	struct store *store = fetcher->store;
	uint32_t chunk, offset_bytes, chunk_bytes;
	int rc;

	if (store_wanted(store, &chunk, &offset_bytes) != STORE_WANT_CHUNK)
		return -EPROTO;
	chunk_bytes = wanted_bytes(store, chunk);
	if (chunk_bytes == 0) {
		store_go_back(store, -1);	/* no manifest starts like this: nobody could add the rest */
		return -EBADMSG;
	}
	if (offset_bytes >= chunk_bytes)
		return -EPROTO;
	rc = store_room(store, chunk, chunk_bytes, at);
	if (rc == -ENOMEM)
		fetcher->problem = rc;
	*limit = chunk_bytes - offset_bytes;
	return rc;
}

/* Bytes of the present piece are where place_for_piece() said. Returns 0 or -errno. */
static int took_piece(struct fetcher *fetcher, size_t bytes)
{
	struct store *store = fetcher->store;
	uint32_t chunk, offset_bytes;

	fetcher->piece_left_bytes -= bytes;
	upstreams_gave(fetcher->upstreams, bytes);
	if (store_wanted(store, &chunk, &offset_bytes) != STORE_WANT_CHUNK)
		return -EPROTO;
	store_grew(store, chunk, bytes);
	if (chunk == MANIFEST_CHUNK && offset_bytes + bytes > MANIFEST_HEADER_BYTES &&
	    offset_bytes + bytes == wanted_bytes(store, chunk))
		return check_manifest(fetcher);
	return 0;
}

/* What of the head belongs to the piece whose header was just read. Returns 0 or -errno. */
static int move_into_piece(struct fetcher *fetcher)
{
	int rc = 0;

	while (rc == 0 && fetcher->head_bytes > 0 && fetcher->piece_left_bytes > 0) {
		size_t bytes = fetcher->head_bytes, limit = fetcher->piece_left_bytes;
		uint8_t *at;

		if (fetcher->piece_wanted) {
			rc = place_for_piece(fetcher, &at, &limit);
			if (rc < 0)
				return rc;
		}
		if (bytes > limit)
			bytes = limit;
		if (bytes > fetcher->piece_left_bytes)
			bytes = fetcher->piece_left_bytes;
		if (fetcher->piece_wanted) {
			memcpy(at, fetcher->head, bytes);
			rc = took_piece(fetcher, bytes);
		} else {
			fetcher->piece_left_bytes -= bytes;
		}
		fetcher->head_bytes -= bytes;
		memmove(fetcher->head, fetcher->head + bytes, fetcher->head_bytes);
	}
	return rc;
}

/* A piece begins. In order and nothing else, but for what comes again after a retract. Returns 0 or -errno. */
static int begin_piece(struct fetcher *fetcher, size_t payload_bytes)
{
	struct data_piece piece = { 0 };
	uint32_t chunk = 0, offset_bytes = 0;
	enum store_want want = store_wanted(fetcher->store, &chunk, &offset_bytes);

	if (data_parse_piece(fetcher->head + FRAME_HEADER_BYTES, payload_bytes, &piece) < 0)
		return -EPROTO;
	fetcher->piece_left_bytes = piece.bytes;
	fetcher->piece_wanted = false;
	if (fetcher->doubted != NO_CHUNK) {
		if (piece.offset_bytes == 0 && ++fetcher->doubted_pieces > STORE_UNCHECKED_MAX + 1)
			return -EPROTO;	/* its verdict is overdue */
		return 0;
	}
	if (want == STORE_WANT_CHUNK && piece.chunk == chunk) {
		if (piece.offset_bytes != offset_bytes ||
		    (chunk != MANIFEST_CHUNK && piece.bytes > wanted_bytes(fetcher->store, chunk) - offset_bytes))
			return -EPROTO;
		fetcher->piece_wanted = true;
		fetcher->replaying = false;
		return 0;
	}
	return fetcher->replaying && piece.chunk < chunk ? 0 : -EPROTO;
}

/* Act on what the head has of whole frames. Returns 0 or -errno. */
static int parse_head(struct fetcher *fetcher)
{
	size_t payload_bytes, used;
	uint8_t type;
	int rc = move_into_piece(fetcher);	/* what had to wait for room */

	while (rc == 0 && fetcher->piece_left_bytes == 0 && fetcher->head_bytes >= FRAME_HEADER_BYTES) {
		if (frame_parse_header(fetcher->head, fetcher->head_bytes, &type, &payload_bytes) != FRAME_OK)
			return -EPROTO;
		if (type < DATA_REFUSE || type > DATA_END) {	/* of a later version: read past it */
			fetcher->piece_left_bytes = payload_bytes;
			fetcher->piece_wanted = false;
			used = FRAME_HEADER_BYTES;
		} else if (type == DATA_PIECE) {
			used = FRAME_HEADER_BYTES + PIECE_HEADER_BYTES;
			if (payload_bytes <= PIECE_HEADER_BYTES)
				return -EPROTO;
			if (fetcher->head_bytes < used)
				return 0;
			rc = begin_piece(fetcher, payload_bytes);
		} else {
			used = FRAME_HEADER_BYTES + payload_bytes;
			if (payload_bytes > DATA_SMALL_MAX_BYTES)
				return -EPROTO;
			if (fetcher->head_bytes < used)
				return 0;
			rc = fetch_heard(fetcher, type, fetcher->head + FRAME_HEADER_BYTES, payload_bytes);
		}
		if (rc < 0)
			return rc;
		fetcher->head_bytes -= used;
		memmove(fetcher->head, fetcher->head + used, fetcher->head_bytes);
		rc = move_into_piece(fetcher);
	}
	return rc;
}

/* Wait for bytes, or for something of our own to look at. Returns 0 or -errno. */
static int wait_for_more(struct fetcher *fetcher)
{
	struct pollfd fds[2] = {
		{ .fd = fetcher->store->fetch_wake_fd, .events = POLLIN },
		{ .fd = fetcher->ended ? -1 : fetcher->fd, .events = POLLIN },
	};
	int64_t now = now_ms();
	eventfd_t ignored;
	int ready;

	if (fetcher->quiet_since_ms == 0)
		fetcher->quiet_since_ms = now;
	ready = poll(fds, 2, fetcher->ended ? -1 : (int)(fetcher->quiet_since_ms + UPSTREAM_SILENCE_MS - now));
	if (ready < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents != 0) {
		(void)eventfd_read(fetcher->store->fetch_wake_fd, &ignored);
		if (store_is_closed(fetcher->store) || atomic_load(&fetcher->leave))
			return -ECANCELED;
		return 0;
	}
	if (ready == 0 || now_ms() - fetcher->quiet_since_ms >= UPSTREAM_SILENCE_MS)
		return fds[1].revents != 0 ? 0 : -ETIMEDOUT;
	return 0;
}

/* Read once: the rest of the present piece to where it belongs, and what comes behind it. Returns 0 or -errno. */
static int pull(struct fetcher *fetcher)
{
	static uint8_t discarded[DISCARD_BYTES];	/* never looked at, so all threads may share it */
	struct iovec parts[2] = { { discarded, 0 }, { fetcher->head + fetcher->head_bytes, FETCH_HEAD_BYTES - fetcher->head_bytes } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	size_t limit = DISCARD_BYTES, of_piece;
	ssize_t got;
	int rc;

	if (fetcher->ended)
		return wait_for_more(fetcher);
	if (fetcher->piece_wanted && fetcher->piece_left_bytes > 0) {
		uint8_t *at;

		rc = place_for_piece(fetcher, &at, &limit);
		if (rc < 0)
			return rc == -EAGAIN ? 0 : rc;
		parts[0].iov_base = at;
	}
	parts[0].iov_len = fetcher->piece_left_bytes < limit ? fetcher->piece_left_bytes : limit;
	if (parts[0].iov_len < fetcher->piece_left_bytes)
		parts[1].iov_len = 0;	/* what comes behind is still of the piece */
	got = recvmsg(fetcher->fd, &message, MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? wait_for_more(fetcher) : -errno;
	if (got == 0)
		return -ECONNRESET;
	fetcher->quiet_since_ms = 0;
	of_piece = (size_t)got < parts[0].iov_len ? (size_t)got : parts[0].iov_len;
	fetcher->head_bytes += (size_t)got - of_piece;
	if (of_piece == 0)
		return 0;
	if (!fetcher->piece_wanted) {
		fetcher->piece_left_bytes -= of_piece;
		return 0;
	}
	rc = took_piece(fetcher, of_piece);
	feed_now(fetcher->store);
	return rc;
}

/*
 * Read from the upstream and act on it. Returns 0 to go on, FETCH_DONE when everything is there
 * and right, -EBADMSG after a bad chunk, -ESTALE when the same upstream is to be asked afresh,
 * -ECANCELED when the store is closed or the upstream is to be left, or -errno of what else went wrong.
 */
int fetch_step(struct fetcher *fetcher)
{
	int64_t bad = store_take_bad(fetcher->store);
	uint32_t chunk, offset_bytes;
	int rc = 0;

	if (bad != NO_CHUNK && (fetcher->doubted == NO_CHUNK || bad < fetcher->doubted))
		rc = fetch_doubt(fetcher, bad);
	if (rc == 0)
		rc = parse_head(fetcher);
	if (rc == -EAGAIN)	/* a chunk was found bad while we waited for room */
		return 0;
	if (rc < 0)
		return rc;
	if (store_wanted(fetcher->store, &chunk, &offset_bytes) == STORE_WANT_NOTHING)
		return FETCH_DONE;
	return pull(fetcher);
}

/* Whose fault a bad chunk is, and what the upstream's verdicts do: PROTOCOL.md section 3. */
#include <errno.h>

#include "fetch_frame.h"
#include "log.h"

static int64_t chunk_number(uint32_t wire)
{
	return wire == MANIFEST_CHUNK ? -1 : (int64_t)wire;
}

/* The upstream says that a chunk which was bad here is right there. */
static int settle_doubt(struct fetcher *fetcher)
{
	uint32_t chunk = (uint32_t)fetcher->doubted;
	struct endpoint upstream;

	fetcher->doubted = NO_CHUNK;
	if (!fetcher->doubted_sole || !upstreams_current(fetcher->upstreams, &upstream))
		return -ESTALE;
	upstreams_gave_bad_chunk(fetcher->upstreams);
	fetcher->blame(fetcher->context, chunk, &upstream);
	return -EBADMSG;
}

/*
 * Our copy of a chunk is bad: go back to it, and wait for what the upstream says of it. Returns 0,
 * -EBADMSG to try another upstream, -ESTALE to ask the same one for it afresh.
 */
int fetch_doubt(struct fetcher *fetcher, int64_t chunk)
{
	store_go_back(fetcher->store, chunk);
	fetcher->piece_wanted = false;
	if (chunk < fetcher->first_asked)
		return -ESTALE;		/* it came from somebody before: who now feeds us knows nothing of it */
	fetcher->doubted = chunk;
	fetcher->doubted_pieces = 0;
	fetcher->doubted_sole = chunk >= fetcher->first_sole;
	return chunk <= fetcher->vouched ? settle_doubt(fetcher) : 0;
}

/* `verified`: the upstream vouches for a chunk. */
static int take_verified(struct fetcher *fetcher, int64_t chunk)
{
	if (chunk > fetcher->vouched)
		fetcher->vouched = chunk;
	return fetcher->doubted != NO_CHUNK && chunk == fetcher->doubted ? settle_doubt(fetcher) : 0;
}

/* `retract`: the upstream found its own copy bad; it sends again from that chunk on. */
static int take_retract(struct fetcher *fetcher, int64_t chunk)
{
	uint32_t growing;

	if (chunk <= fetcher->vouched)
		return -EPROTO;
	if (fetcher->doubted != NO_CHUNK && chunk > fetcher->doubted)
		return 0;
	growing = store_go_back(fetcher->store, chunk);
	fetcher->doubted = NO_CHUNK;
	fetcher->replaying = chunk < chunk_number(growing);
	if (chunk < fetcher->first_sole)
		fetcher->first_sole = chunk;
	return 0;
}

/* A frame other than piece. Returns 0 or -errno as fetch_step() does. */
int fetch_heard(struct fetcher *fetcher, uint8_t type, const uint8_t *payload, size_t payload_bytes)
{
	uint32_t chunk, offset_bytes;
	uint8_t reason;

	switch (type) {
	case DATA_VERIFIED:
		if (data_parse_chunk(payload, payload_bytes, &chunk) < 0)
			return -EPROTO;
		return take_verified(fetcher, chunk_number(chunk));
	case DATA_RETRACT:
		if (data_parse_chunk(payload, payload_bytes, &chunk) < 0)
			return -EPROTO;
		return take_retract(fetcher, chunk_number(chunk));
	case DATA_REFUSE:
		if (data_parse_refuse(payload, payload_bytes, &reason) == 0)
			say("The upstream refuses: %s", refuse_reason_text(reason));
		return -ECONNREFUSED;
	case DATA_IDLE:
		/* Who has nothing to say about a copy that we found bad will not say it later either. */
		return data_parse_empty(payload_bytes) < 0 || fetcher->doubted != NO_CHUNK ? -EPROTO : 0;
	case DATA_END:
		fetcher->ended = store_wanted(fetcher->store, &chunk, &offset_bytes) != STORE_WANT_CHUNK;
		return fetcher->ended ? 0 : -EPROTO;
	default:
		return -EPROTO;
	}
}

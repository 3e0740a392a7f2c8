#include "receive_report.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { RECEIVED_BYTES = 4096 + PEERS_MAX * 48 };

enum { UPSTREAMS_TOLD_MAX = 16, LAG_TOLD_EVERY_MS = 100, LAG_TIMES = 10, FILLED_QUARTERS_WORTH = 2 };

static void put_lag(const struct feed_lag *lag, struct json_writer *w)
{
	char text[ENDPOINT_TEXT_BYTES];

	if (lag->address == 0)
		return;
	address_format(lag->address, text);
	json_open(w, "lagging", '{');
	json_put_text(w, "address", text);
	json_put_uint(w, "ms", lag->ms);
	json_put_uint(w, "cameBytes", lag->came_bytes);
	json_put_uint(w, "tookBytes", lag->took_bytes);
	json_close(w, '}');
}

/* The list in force by its name, and whom it names: an appliance that was started anew knows nothing of it. */
static void put_list(struct upstreams *upstreams, struct json_writer *w)
{
	char text[ENDPOINT_TEXT_BYTES], list[LIST_NAME_BYTES];

	upstreams_in_force(upstreams, list);
	if (list[0] == '\0')
		return;
	json_put_text(w, "list", list);
	json_open(w, "upstreams", '[');
	pthread_mutex_lock(&upstreams->lock);
	for (size_t i = 0; i < upstreams->list.count && i < UPSTREAMS_TOLD_MAX; i++) {
		endpoint_format(&upstreams->list.at[i], text);
		json_put_text(w, NULL, text);
	}
	pthread_mutex_unlock(&upstreams->lock);
	json_close(w, ']');
}

static unsigned int filled_quarters(struct store *store)
{
	unsigned int quarters;

	pthread_mutex_lock(&store->lock);
	quarters = (unsigned int)(4 * store->unwritten_bytes / store->memory_bytes);
	pthread_mutex_unlock(&store->lock);
	return quarters;
}

static int64_t newcomer_at(struct store *store)
{
	int64_t at_ms;

	pthread_mutex_lock(&store->lock);
	at_ms = store->newcomer_ms;
	pthread_mutex_unlock(&store->lock);
	return at_ms;
}

/* Who goes on lagging is known before long. */
static bool lag_is_due(uint32_t address, struct receive_told *told, int64_t now)
{
	if (address == 0 || now - told->lag_ms < LAG_TOLD_EVERY_MS)
		return false;
	if (address != told->lag_address)
		told->lag_times = 0;
	if (told->lag_times >= LAG_TIMES)
		return false;
	told->lag_address = address;
	told->lag_ms = now;
	told->lag_times++;
	return true;
}

/*
 * Is there something that the appliance should know before the next heartbeat? Another list in
 * force, a downstream that lags or has much to catch up, or memory that fills for the first time. Asked every
 * LOOK_EVERY_MS; what it says yes to counts as told.
 */
bool report_is_due(const struct receive_parts *parts, struct receive_told *told, int64_t now)
{
	char list[LIST_NAME_BYTES];
	unsigned int filled = filled_quarters(parts->store);
	int64_t newcomer_ms = newcomer_at(parts->store);
	bool due = false;

	upstreams_in_force(parts->upstreams, list);
	if (strcmp(list, told->list) != 0) {
		memcpy(told->list, list, sizeof(told->list));
		due = true;
	}
	if (lag_is_due(parts->store->lag.address, told, now))	/* only this thread changes it */
		due = true;
	if (newcomer_ms != told->newcomer_ms) {
		told->newcomer_ms = newcomer_ms;
		due = true;
	}
	if (filled >= FILLED_QUARTERS_WORTH && filled > told->filled_quarters)
		due = true;
	if (filled == 0 || filled > told->filled_quarters)
		told->filled_quarters = filled;
	return due;
}

/* The members of JOBSTATE that only a receive has. */
void report_state(const struct receive_parts *parts, struct json_writer *w)
{
	struct store *store = parts->store;
	struct endpoint upstream;
	char text[ENDPOINT_TEXT_BYTES];
	bool connected = upstreams_current(parts->upstreams, &upstream);
	char last_change[CHANGE_TEXT_BYTES];
	uint64_t changes = upstreams_changes(parts->upstreams, last_change);

	pthread_mutex_lock(&store->lock);
	json_put_uint(w, "chunks", store->checked_count);
	json_put_uint(w, "chunkCount", store->manifest_known ? store->manifest.entry_count : 0);
	json_put_uint(w, "rawBytesWritten", store->raw_written_bytes);
	json_put_uint(w, "bytesReceived", store->received_bytes);
	json_put_uint(w, "bytesSent", store->sent_bytes);
	json_put_uint(w, "heldUnwrittenBytes", store->unwritten_bytes);
	json_put_uint(w, "memoryBytes", store->memory_bytes);
	json_put_uint(w, "downstreams", store->feeder_count);
	put_lag(&store->lag, w);
	json_put_uint(w, "lateMs", lateness_most(&store->lateness));
	if (store->newcomer_ms != 0)
		json_put_uint(w, "newcomerMs", (uint64_t)(now_ms() - store->newcomer_ms));
	pthread_mutex_unlock(&store->lock);
	if (connected)
		endpoint_format(&upstream, text);
	json_put_text(w, "upstream", connected ? text : NULL);
	json_put_uint(w, "upstreamChanges", changes);
	json_put_text(w, "lastChange", changes > 0 ? last_change : NULL);
	put_list(parts->upstreams, w);
}

static void put_from_bytes(struct upstreams *upstreams, struct json_writer *w)
{
	char text[ENDPOINT_TEXT_BYTES];

	json_open(w, "fromBytes", '{');
	pthread_mutex_lock(&upstreams->lock);
	for (size_t i = 0; i < upstreams->peer_count; i++) {
		if (upstreams->peers[i].bytes == 0)
			continue;
		endpoint_format(&upstreams->peers[i].endpoint, text);
		json_put_uint(w, text, upstreams->peers[i].bytes);
	}
	pthread_mutex_unlock(&upstreams->lock);
	json_close(w, '}');
}

/* The text of `received`, to be freed; parts without a store are those of a receive that never began. */
char *report_received(const struct receive_parts *parts, const struct receive_result *result, size_t *bytes)
{
	uint64_t raw_bytes = 0, sent_bytes = 0;
	char *json = malloc(RECEIVED_BYTES);
	struct json_writer w;

	if (json == NULL)
		abort();	/* a result that is not told would be waited for for ever */
	if (parts->store != NULL) {
		pthread_mutex_lock(&parts->store->lock);
		raw_bytes = parts->store->raw_written_bytes;
		sent_bytes = parts->store->sent_bytes;
		pthread_mutex_unlock(&parts->store->lock);
	}
	json_begin(&w, json, RECEIVED_BYTES);
	json_open(&w, NULL, '{');
	json_put_text(&w, "id", parts->id);
	json_put_bool(&w, "ok", result->error == NULL);
	json_put_hex(&w, "rawDigest", result->raw_digest, DIGEST_BYTES);
	json_put_text(&w, "verify", verify_names[result->verify]);
	json_put_uint(&w, "rawBytes", raw_bytes);
	if (parts->upstreams != NULL) {
		put_from_bytes(parts->upstreams, &w);
	} else {
		json_open(&w, "fromBytes", '{');
		json_close(&w, '}');
	}
	json_put_uint(&w, "sentBytes", sent_bytes);
	json_put_uint(&w, "ms", result->ms);
	json_put_text(&w, "error", result->error);
	json_close(&w, '}');
	*bytes = 0;
	(void)json_done(&w, bytes);
	return json;
}

static void put_message(struct outbox *outbox, uint8_t type, struct json_writer *w)
{
	size_t bytes;

	json_close(w, '}');
	if (json_done(w, &bytes) == 0)
		(void)outbox_put(outbox, type, w->out, bytes);
}

void report_listening(struct outbox *outbox, const char *id, uint16_t port)
{
	struct json_writer w;
	char json[512];

	json_begin(&w, json, sizeof(json));
	json_open(&w, NULL, '{');
	json_put_text(&w, "id", id);
	json_put_uint(&w, "port", port);
	put_message(outbox, CONTROL_LISTENING, &w);
}

void report_bad_chunk(struct outbox *outbox, const char *id, uint32_t chunk, const struct endpoint *upstream)
{
	char json[512], text[ENDPOINT_TEXT_BYTES];
	struct json_writer w;

	endpoint_format(upstream, text);
	json_begin(&w, json, sizeof(json));
	json_open(&w, NULL, '{');
	json_put_text(&w, "id", id);
	json_put_uint(&w, "chunk", chunk);
	json_put_text(&w, "upstream", text);
	put_message(outbox, CONTROL_BAD_CHUNK, &w);
}

#include "upstreams.h"

#include <stdio.h>
#include <string.h>

void upstreams_init(struct upstreams *upstreams, const struct endpoint_list *list)
{
	memset(upstreams, 0, sizeof(*upstreams));
	pthread_mutex_init(&upstreams->lock, NULL);
	upstreams->list = *list;
	memcpy(upstreams->in_force, list->name, sizeof(upstreams->in_force));
}

/* What is known of an endpoint; beyond PEERS_MAX the last place is shared. The caller holds the lock. */
static struct peer *peer_of(struct upstreams *upstreams, const struct endpoint *endpoint)
{
	for (size_t i = 0; i < upstreams->peer_count; i++)
		if (endpoint_equal(&upstreams->peers[i].endpoint, endpoint))
			return &upstreams->peers[i];
	if (upstreams->peer_count == PEERS_MAX)
		return &upstreams->peers[PEERS_MAX - 1];
	upstreams->peers[upstreams->peer_count] = (struct peer){ .endpoint = *endpoint };
	return &upstreams->peers[upstreams->peer_count++];
}

/* Take a new list. True when the present upstream is not its first one: then it is to be left. */
bool upstreams_replace(struct upstreams *upstreams, const struct endpoint_list *list)
{
	bool leave;

	pthread_mutex_lock(&upstreams->lock);
	leave = !upstreams->connected || !endpoint_equal(&list->at[0], &upstreams->current);
	upstreams->list = *list;
	if (!leave || upstreams->done)
		memcpy(upstreams->in_force, list->name, sizeof(upstreams->in_force));
	upstreams->at = upstreams->tries = 0;
	pthread_mutex_unlock(&upstreams->lock);
	return leave;
}

static bool is_off(struct upstreams *upstreams, size_t at)
{
	return peer_of(upstreams, &upstreams->list.at[at])->bad_chunks >= BAD_CHUNKS_MAX;
}

/*
 * Whom to ask now: the one at our place in the list, or the next that has not given two bad
 * chunks. When all have, their past is forgiven: a node that asks nobody would never finish.
 */
struct endpoint upstreams_next(struct upstreams *upstreams)
{
	struct endpoint next;
	size_t looked = 0;

	pthread_mutex_lock(&upstreams->lock);
	while (looked < upstreams->list.count && is_off(upstreams, upstreams->at)) {
		upstreams->at = (upstreams->at + 1) % upstreams->list.count;
		looked++;
	}
	if (looked == upstreams->list.count)
		for (size_t i = 0; i < upstreams->peer_count; i++)
			upstreams->peers[i].bad_chunks = 0;
	next = upstreams->current = upstreams->list.at[upstreams->at];
	upstreams->connected = true;
	memcpy(upstreams->in_force, upstreams->list.name, sizeof(upstreams->in_force));
	pthread_mutex_unlock(&upstreams->lock);
	return next;
}

/* The caller holds the lock. */
static void note_change(struct upstreams *upstreams, const char *why)
{
	char text[ENDPOINT_TEXT_BYTES];

	endpoint_format(&upstreams->current, text);
	snprintf(upstreams->last_change, sizeof(upstreams->last_change), "Left %s: %s", text, why);
	upstreams->changes++;
	upstreams->connected = false;
}

/* The present upstream is left for a reason that is not its fault: the list has a new first one. */
void upstreams_left(struct upstreams *upstreams, const char *why)
{
	pthread_mutex_lock(&upstreams->lock);
	note_change(upstreams, why);
	pthread_mutex_unlock(&upstreams->lock);
}

/* The present upstream failed: move on. True when the whole list has been tried in vain. */
bool upstreams_failed(struct upstreams *upstreams, const char *why)
{
	bool round_over;

	pthread_mutex_lock(&upstreams->lock);
	note_change(upstreams, why);
	/* After a replaced list the place is its first one already. */
	if (endpoint_equal(&upstreams->list.at[upstreams->at], &upstreams->current))
		upstreams->at = (upstreams->at + 1) % upstreams->list.count;
	round_over = ++upstreams->tries >= upstreams->list.count;
	if (round_over)
		upstreams->tries = 0;
	pthread_mutex_unlock(&upstreams->lock);
	return round_over;
}

/* The present upstream gave bytes. */
void upstreams_gave(struct upstreams *upstreams, uint64_t bytes)
{
	pthread_mutex_lock(&upstreams->lock);
	peer_of(upstreams, &upstreams->current)->bytes += bytes;
	pthread_mutex_unlock(&upstreams->lock);
}

/* A chunk is complete and right. Bytes alone are no progress: a bad source has plenty. */
void upstreams_progress(struct upstreams *upstreams)
{
	pthread_mutex_lock(&upstreams->lock);
	upstreams->tries = 0;
	pthread_mutex_unlock(&upstreams->lock);
}

/* Nothing more is wanted of anybody. */
void upstreams_done(struct upstreams *upstreams)
{
	pthread_mutex_lock(&upstreams->lock);
	upstreams->connected = false;
	upstreams->done = true;
	memcpy(upstreams->in_force, upstreams->list.name, sizeof(upstreams->in_force));
	pthread_mutex_unlock(&upstreams->lock);
}

/* The name of the list that upstreams are chosen by, for JOBSTATE: whoever was only on an older one is not asked any more. */
void upstreams_in_force(struct upstreams *upstreams, char out[static LIST_NAME_BYTES])
{
	pthread_mutex_lock(&upstreams->lock);
	memcpy(out, upstreams->in_force, LIST_NAME_BYTES);
	pthread_mutex_unlock(&upstreams->lock);
}

/* The present upstream is to blame for a chunk. */
void upstreams_gave_bad_chunk(struct upstreams *upstreams)
{
	pthread_mutex_lock(&upstreams->lock);
	peer_of(upstreams, &upstreams->current)->bad_chunks++;
	pthread_mutex_unlock(&upstreams->lock);
}

/* Whom we are connected to, for JOBSTATE. False: nobody. */
bool upstreams_current(struct upstreams *upstreams, struct endpoint *out)
{
	bool connected;

	pthread_mutex_lock(&upstreams->lock);
	connected = upstreams->connected;
	if (connected)
		*out = upstreams->current;
	pthread_mutex_unlock(&upstreams->lock);
	return connected;
}

/* How many upstreams were left, and which was the last and why. */
uint64_t upstreams_changes(struct upstreams *upstreams, char last[static CHANGE_TEXT_BYTES])
{
	uint64_t changes;

	pthread_mutex_lock(&upstreams->lock);
	changes = upstreams->changes;
	memcpy(last, upstreams->last_change, CHANGE_TEXT_BYTES);
	pthread_mutex_unlock(&upstreams->lock);
	return changes;
}

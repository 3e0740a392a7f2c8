/*
 * Whom to fetch from: the appliance's list, walked round and round, and what is
 * known of each upstream (bytes it gave, bad chunks). No sockets, no waiting.
 */
#ifndef AGENT_UPSTREAMS_H
#define AGENT_UPSTREAMS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "control.h"

enum { BAD_CHUNKS_MAX = 2, PEERS_MAX = 2 * UPSTREAMS_MAX, CHANGE_TEXT_BYTES = 160 };

struct peer {
	struct endpoint endpoint;
	uint64_t bytes;
	unsigned int bad_chunks;
};

struct upstreams {
	pthread_mutex_t lock;
	struct endpoint_list list;
	char in_force[LIST_NAME_BYTES];	/* name of the list by which the present upstream was chosen, or kept */
	bool done;			/* nothing is wanted of anybody any more */
	size_t at;
	size_t tries;			/* in vain, since a chunk was completed */
	bool connected;
	struct endpoint current;	/* who is, or was last, connected */
	uint64_t changes;		/* upstreams left */
	char last_change[CHANGE_TEXT_BYTES];	/* which was left last and why; empty: none yet */
	size_t peer_count;
	struct peer peers[PEERS_MAX];
};

void upstreams_init(struct upstreams *upstreams, const struct endpoint_list *list);
bool upstreams_replace(struct upstreams *upstreams, const struct endpoint_list *list);
struct endpoint upstreams_next(struct upstreams *upstreams);
bool upstreams_failed(struct upstreams *upstreams, const char *why);
void upstreams_left(struct upstreams *upstreams, const char *why);
void upstreams_gave(struct upstreams *upstreams, uint64_t bytes);
void upstreams_progress(struct upstreams *upstreams);
void upstreams_gave_bad_chunk(struct upstreams *upstreams);
void upstreams_done(struct upstreams *upstreams);
uint64_t upstreams_changes(struct upstreams *upstreams, char last[static CHANGE_TEXT_BYTES]);
void upstreams_in_force(struct upstreams *upstreams, char out[static LIST_NAME_BYTES]);
bool upstreams_current(struct upstreams *upstreams, struct endpoint *out);

#endif

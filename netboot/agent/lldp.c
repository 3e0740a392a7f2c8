#include "lldp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "log.h"
#include "thread.h"

enum { ETHERTYPE_LLDP = 0x88cc, TLV_CHASSIS = 1, TLV_TTL = 3, LOOK_FOR_NICS_MS = 2000 };

/* The address that bridges do not forward: "nearest bridge", IEEE 802.1AB. */
static const uint8_t lldp_group[6] = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e };

/* Let the NIC's filter pass the group. Once is enough, so remember it. */
static void join(struct lldp *lldp, unsigned int nic_index)
{
	struct packet_mreq request = { .mr_ifindex = (int)nic_index, .mr_type = PACKET_MR_MULTICAST, .mr_alen = 6 };

	for (int i = 0; i < LLDP_NICS_MAX; i++) {
		if (lldp->joined[i] == nic_index)
			return;
		if (lldp->joined[i] != 0)
			continue;
		memcpy(request.mr_address, lldp_group, sizeof(lldp_group));
		if (setsockopt(lldp->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request)) == 0)
			lldp->joined[i] = nic_index;
		return;
	}
}

static void join_all(struct lldp *lldp)
{
	struct if_nameindex *nics = if_nameindex();

	if (nics == NULL)
		return;
	for (struct if_nameindex *nic = nics; nic->if_index != 0; nic++)
		join(lldp, nic->if_index);
	if_freenameindex(nics);
}

/*
 * How long a frame holds: its third TLV (IEEE 802.1AB clause 8.5.4). Returns
 * seconds, 0 when the sender takes back what it said, or -EINVAL when the three
 * mandatory TLVs are not there.
 */
int lldp_seconds(const uint8_t *frame, size_t bytes)
{
	size_t at = ETHER_HDR_LEN;

	for (unsigned int type = TLV_CHASSIS; type <= TLV_TTL; type++) {
		size_t value_bytes;

		if (bytes < at + 2 || frame[at] >> 1 != type)
			return -EINVAL;
		value_bytes = (size_t)(frame[at] & 1) << 8 | frame[at + 1];
		at += 2;
		if (bytes - at < value_bytes)
			return -EINVAL;
		if (type == TLV_TTL && value_bytes >= 2)
			return frame[at] << 8 | frame[at + 1];
		at += value_bytes;
	}
	return -EINVAL;
}

static bool is_same_sender(const struct lldp_heard *heard, unsigned int nic_index, const uint8_t *frame)
{
	return heard->nic_index == nic_index &&
	       memcmp(heard->frame + ETH_ALEN, frame + ETH_ALEN, ETH_ALEN) == 0;
}

/* Where a frame goes: over the last of its sender, into a free place, or over the one of its NIC that ends first. */
static struct lldp_heard *place_of(struct lldp *lldp, unsigned int nic_index, const uint8_t *frame)
{
	struct lldp_heard *unused = NULL, *soonest = NULL;
	int of_nic = 0;

	for (int i = 0; i < LLDP_HEARD_MAX; i++) {
		struct lldp_heard *heard = &lldp->heard[i];

		if (is_same_sender(heard, nic_index, frame))
			return heard;
		if (heard->nic_index == 0 && unused == NULL)
			unused = heard;
		if (heard->nic_index != nic_index)
			continue;
		of_nic++;
		if (soonest == NULL || heard->until_ms < soonest->until_ms)
			soonest = heard;
	}
	return unused != NULL && of_nic < LLDP_PER_NIC_MAX ? unused : soonest;
}

/* Keep a frame for as long as it says; the appliance is told when that is anything new. */
void lldp_keep(struct lldp *lldp, unsigned int nic_index, const char *nic, const uint8_t *frame, size_t bytes, int64_t now)
{
	int seconds = lldp_seconds(frame, bytes);
	struct lldp_heard *place;
	bool same;

	if (seconds < 0 || bytes > sizeof(place->frame))
		return;
	pthread_mutex_lock(&lldp->lock);
	place = place_of(lldp, nic_index, frame);
	if (place != NULL && seconds == 0 && is_same_sender(place, nic_index, frame)) {
		place->nic_index = 0;
		lldp->changes++;
	} else if (place != NULL && seconds > 0) {
		same = place->nic_index == nic_index && place->bytes == bytes && memcmp(place->frame, frame, bytes) == 0;
		place->nic_index = nic_index;
		snprintf(place->nic, sizeof(place->nic), "%s", nic);
		memcpy(place->frame, frame, bytes);
		place->bytes = bytes;
		place->until_ms = now + (int64_t)seconds * 1000;
		if (!same)
			lldp->changes++;
	}
	pthread_mutex_unlock(&lldp->lock);
}

/* Let go of what nobody has repeated in time. */
void lldp_forget_old(struct lldp *lldp, int64_t now)
{
	pthread_mutex_lock(&lldp->lock);
	for (int i = 0; i < LLDP_HEARD_MAX; i++) {
		if (lldp->heard[i].nic_index == 0 || lldp->heard[i].until_ms > now)
			continue;
		lldp->heard[i].nic_index = 0;
		lldp->changes++;
	}
	pthread_mutex_unlock(&lldp->lock);
}

/* Differs from before when what holds now does. */
uint64_t lldp_changes(struct lldp *lldp)
{
	uint64_t changes;

	pthread_mutex_lock(&lldp->lock);
	changes = lldp->changes;
	pthread_mutex_unlock(&lldp->lock);
	return changes;
}

static void *lldp_thread(void *argument)
{
	struct lldp *lldp = argument;
	struct pollfd wait = { .fd = lldp->fd, .events = POLLIN };
	uint8_t frame[LLDP_FRAME_MAX_BYTES];
	char nic[IF_NAMESIZE];
	struct sockaddr_ll from;

	for (;;) {
		socklen_t from_bytes = sizeof(from);
		ssize_t got;

		join_all(lldp);
		lldp_forget_old(lldp, now_ms());
		if (poll(&wait, 1, LOOK_FOR_NICS_MS) <= 0)
			continue;
		got = recvfrom(lldp->fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from,
			       &from_bytes);
		/* MSG_TRUNC tells the frame's own length: one that did not fit is no LLDP of this world. */
		if (got > 0 && (size_t)got <= sizeof(frame) && from.sll_pkttype != PACKET_OUTGOING &&
		    if_indextoname((unsigned int)from.sll_ifindex, nic) != NULL)
			lldp_keep(lldp, (unsigned int)from.sll_ifindex, nic, frame, (size_t)got, now_ms());
	}
	return NULL;
}

/* Begin to listen. Without the right to (CAP_NET_RAW) the agent works the same, it only knows less. */
void lldp_start(struct lldp *lldp)
{
	memset(lldp, 0, sizeof(*lldp));
	pthread_mutex_init(&lldp->lock, NULL);
	lldp->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE_LLDP));
	if (lldp->fd < 0 || thread_start_detached(lldp_thread, lldp) < 0)
		say("Cannot listen for LLDP: %s", strerror(errno));
}

void lldp_put(struct lldp *lldp, struct json_writer *w)
{
	json_open(w, "lldp", '[');
	pthread_mutex_lock(&lldp->lock);
	for (int i = 0; i < LLDP_HEARD_MAX; i++) {
		if (lldp->heard[i].nic_index == 0)
			continue;
		json_open(w, NULL, '{');
		json_put_text(w, "nic", lldp->heard[i].nic);
		json_put_hex(w, "frame", lldp->heard[i].frame, lldp->heard[i].bytes);
		json_close(w, '}');
	}
	pthread_mutex_unlock(&lldp->lock);
	json_close(w, ']');
}

#include "lldp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"
#include "thread.h"

enum { ETHERTYPE_LLDP = 0x88cc, LOOK_FOR_NICS_MS = 2000 };

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

static struct lldp_heard *place_of(struct lldp *lldp, unsigned int nic_index)
{
	for (int i = 0; i < LLDP_NICS_MAX; i++)
		if (lldp->heard[i].nic_index == nic_index || lldp->heard[i].nic_index == 0)
			return &lldp->heard[i];
	return NULL;
}

static void keep(struct lldp *lldp, unsigned int nic_index, const uint8_t *frame, size_t bytes)
{
	struct lldp_heard *place;
	char name[IF_NAMESIZE];

	if (if_indextoname(nic_index, name) == NULL)
		return;
	pthread_mutex_lock(&lldp->lock);
	place = place_of(lldp, nic_index);
	if (place != NULL) {
		place->nic_index = nic_index;
		memcpy(place->nic, name, sizeof(name));
		memcpy(place->frame, frame, bytes);
		place->bytes = bytes;
	}
	pthread_mutex_unlock(&lldp->lock);
}

static void *lldp_thread(void *argument)
{
	struct lldp *lldp = argument;
	struct pollfd wait = { .fd = lldp->fd, .events = POLLIN };
	uint8_t frame[LLDP_FRAME_MAX_BYTES];
	struct sockaddr_ll from;

	for (;;) {
		socklen_t from_bytes = sizeof(from);
		ssize_t got;

		join_all(lldp);
		if (poll(&wait, 1, LOOK_FOR_NICS_MS) <= 0)
			continue;
		got = recvfrom(lldp->fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from,
			       &from_bytes);
		/* MSG_TRUNC tells the frame's own length: one that did not fit is no LLDP of this world. */
		if (got > 0 && (size_t)got <= sizeof(frame) && from.sll_pkttype != PACKET_OUTGOING)
			keep(lldp, (unsigned int)from.sll_ifindex, frame, (size_t)got);
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
	for (int i = 0; i < LLDP_NICS_MAX && lldp->heard[i].nic_index != 0; i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "nic", lldp->heard[i].nic);
		json_put_hex(w, "frame", lldp->heard[i].frame, lldp->heard[i].bytes);
		json_close(w, '}');
	}
	pthread_mutex_unlock(&lldp->lock);
	json_close(w, ']');
}

#include <errno.h>
#include <string.h>

#include "check.h"
#include "../../netboot/agent/lldp.h"

enum { HEADER_BYTES = 14 };

/* A frame of `sender` with a MAC for chassis, "p" for port and `seconds` to live. Returns its length. */
static size_t frame_of(uint8_t *out, uint8_t sender, unsigned int seconds)
{
	static const uint8_t head[HEADER_BYTES] = { 0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 0, 0x88, 0xcc };
	const uint8_t tlvs[] = { 2, 7, 4, 2, 0, 0, 0, 0, sender, 4, 2, 5, 'p', 6, 2, (uint8_t)(seconds >> 8),
				 (uint8_t)seconds, 0, 0 };

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), tlvs, sizeof(tlvs));
	out[11] = sender;
	return sizeof(head) + sizeof(tlvs);
}

static void hear(struct lldp *lldp, unsigned int nic, uint8_t sender, unsigned int seconds, int64_t now)
{
	uint8_t frame[64];

	lldp_keep(lldp, nic, nic == 1 ? "eth0" : "eth1", frame, frame_of(frame, sender, seconds), now);
}

static int held(const struct lldp *lldp)
{
	int count = 0;

	for (int i = 0; i < LLDP_HEARD_MAX; i++)
		count += lldp->heard[i].nic_index != 0;
	return count;
}

static void begin(struct lldp *lldp)
{
	memset(lldp, 0, sizeof(*lldp));
	pthread_mutex_init(&lldp->lock, NULL);
}

/* The time to live is believed only behind a chassis and a port, and only when all of it is there. */
static void reads_the_time_to_live(void)
{
	uint8_t frame[64];
	size_t bytes = frame_of(frame, 7, 0x1234);

	CHECK(lldp_seconds(frame, bytes) == 0x1234);
	for (size_t cut = 0; cut < bytes - 2; cut++)
		CHECK(lldp_seconds(frame, cut) == -EINVAL);
	CHECK(lldp_seconds(frame, bytes - 2) == 0x1234);
	frame[HEADER_BYTES + 9] = 2;
	CHECK(lldp_seconds(frame, bytes) == -EINVAL);
}

/* A repeat is no news; another time to live, a new sender and a farewell are. */
static void counts_what_is_new(void)
{
	static struct lldp lldp;

	begin(&lldp);
	hear(&lldp, 1, 1, 120, 0);
	CHECK(lldp_changes(&lldp) == 1);
	hear(&lldp, 1, 1, 120, 30000);
	CHECK(lldp_changes(&lldp) == 1 && lldp.heard[0].until_ms == 150000);
	hear(&lldp, 1, 1, 121, 60000);
	hear(&lldp, 2, 1, 121, 60000);
	CHECK(lldp_changes(&lldp) == 3 && held(&lldp) == 2);
	hear(&lldp, 1, 1, 0, 61000);
	CHECK(lldp_changes(&lldp) == 4 && held(&lldp) == 1);
	hear(&lldp, 1, 1, 0, 62000);
	CHECK(lldp_changes(&lldp) == 4 && held(&lldp) == 1);
}

static void forgets_what_is_over(void)
{
	static struct lldp lldp;

	begin(&lldp);
	hear(&lldp, 1, 1, 120, 0);
	hear(&lldp, 1, 2, 60, 0);
	lldp_forget_old(&lldp, 59999);
	CHECK(held(&lldp) == 2 && lldp_changes(&lldp) == 2);
	lldp_forget_old(&lldp, 60000);
	CHECK(held(&lldp) == 1 && lldp_changes(&lldp) == 3);
	CHECK(lldp.heard[0].frame[11] == 1);
}

/* Who shouts on one NIC takes no room from the others, and memory has a bound. */
static void bounds_senders(void)
{
	static struct lldp lldp;
	uint8_t long_frame[LLDP_FRAME_MAX_BYTES + 1] = { 0 };

	begin(&lldp);
	for (int sender = 0; sender < 200; sender++)
		hear(&lldp, 1, (uint8_t)sender, 120, sender);
	CHECK(held(&lldp) == LLDP_PER_NIC_MAX);
	hear(&lldp, 2, 1, 120, 300);
	CHECK(held(&lldp) == LLDP_PER_NIC_MAX + 1);
	for (unsigned int nic = 3; nic < 100; nic++)
		hear(&lldp, nic, 1, 120, 300);
	CHECK(held(&lldp) == LLDP_HEARD_MAX);
	begin(&lldp);
	(void)frame_of(long_frame, 1, 120);
	lldp_keep(&lldp, 1, "eth0", long_frame, sizeof(long_frame), 0);
	CHECK(held(&lldp) == 0);
}

static void tells_all_that_holds(void)
{
	static struct lldp lldp;
	struct json_writer w;
	char text[1024];
	size_t bytes;

	begin(&lldp);
	hear(&lldp, 1, 1, 120, 0);
	hear(&lldp, 2, 2, 120, 0);
	hear(&lldp, 1, 1, 0, 0);
	json_begin(&w, text, sizeof(text) - 1);
	json_open(&w, NULL, '{');
	lldp_put(&lldp, &w);
	json_close(&w, '}');
	CHECK(json_done(&w, &bytes) == 0);
	text[bytes] = '\0';
	CHECK(strcmp(text, "{\"lldp\":[{\"nic\":\"eth1\",\"frame\":\"0180c200000e02000000000288cc0207040200000000020402"
			   "0570060200780000\"}]}") == 0);
}

void test_lldp(void)
{
	reads_the_time_to_live();
	counts_what_is_new();
	forgets_what_is_over();
	bounds_senders();
	tells_all_that_holds();
}

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "../../netboot/agent/frame.h"
#include "../../netboot/agent/outbox.h"

static void keeps_order_and_whole_frames(void)
{
	struct outbox box;
	struct out_frame *frame;

	CHECK(outbox_init(&box) == 0);
	CHECK(outbox_first(&box) == NULL);
	CHECK(outbox_put(&box, 9, "{}", 2) == 0 && outbox_put(&box, 12, NULL, 0) == 0);
	CHECK(outbox_holds(&box, 12) && !outbox_holds(&box, 4));
	frame = outbox_first(&box);
	CHECK(frame->bytes == 10 && memcmp(frame->data, "BG1\x09\0\0\0\x02{}", 10) == 0);
	(void)outbox_sent_first(&box);
	CHECK(outbox_first(&box)->data[3] == 12);
	(void)outbox_sent_first(&box);
	CHECK(outbox_first(&box) == NULL && box.bytes == 0);
	CHECK(outbox_put(&box, 9, "", FRAME_PAYLOAD_MAX_BYTES + 1) == -EMSGSIZE);
	close(box.wake_fd);
}

/* Scripts wait at 512 KiB and are woken at half of it; without a connection they are told so. */
static void holds_output_back(void)
{
	static uint8_t output[64 * 1024 - 100];
	struct outbox box;
	int queued = 0, rc, woken_at = 0;

	CHECK(outbox_init(&box) == 0);
	CHECK(outbox_offer_output(&box, 7, "job", output, 1) == -ENOTCONN);
	outbox_set_connected(&box, true);
	while ((rc = outbox_offer_output(&box, 7, "job", output, sizeof(output))) == 0)
		queued++;
	CHECK(rc == -EAGAIN && queued == 8);
	CHECK(memcmp(outbox_first(&box)->data + FRAME_HEADER_BYTES, "\x03job", 4) == 0);
	CHECK(outbox_put(&box, 9, "{}", 2) == 0);	/* results are taken all the same */
	for (int i = 1; i <= queued; i++)
		if (outbox_sent_first(&box))
			woken_at = woken_at == 0 ? i : -1;
	CHECK(woken_at == 4);	/* once, at half */
	(void)outbox_sent_first(&box);
	CHECK(box.bytes == 0);
	close(box.wake_fd);
}

void test_outbox(void)
{
	keeps_order_and_whole_frames();
	holds_output_back();
}

#include "conversation.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "clock.h"
#include "control.h"
#include "dispatch.h"
#include "log.h"
#include "session_file.h"
#include "sockets.h"

/* Queue or go on with a write. Returns bytes written, 0 when it must wait, or -errno. */
static int write_some(struct link *link, const uint8_t *data, size_t bytes)
{
	size_t wrote;
	int ok, want;

	ERR_clear_error();
	ok = SSL_write_ex(link->ssl, data, bytes, &wrote);
	if (ok == 1)
		return (int)wrote;
	want = SSL_get_error(link->ssl, ok);
	if (want == SSL_ERROR_WANT_WRITE)
		link->want_write = true;
	return want == SSL_ERROR_WANT_WRITE || want == SSL_ERROR_WANT_READ ? 0 : -ECONNRESET;
}

/* Say hello; nothing else goes out before it. Returns 0 or -errno. */
static int send_hello(struct link *link)
{
	uint8_t header[FRAME_HEADER_BYTES];
	size_t bytes, sent = 0;
	int rc;

	/* Before the message: what comes between the two is told again. So is what a `heard` that still waits from before would undo. */
	link->lldp_told = lldp_changes(&link->agent->lldp) - (outbox_holds(&link->agent->outbox, CONTROL_HEARD) ? 1 : 0);
	link->lldp_again_ms = 0;
	rc = message_hello(link->agent, link->message + sizeof(header), MESSAGE_BYTES - sizeof(header), &bytes);
	if (rc < 0)
		return rc;
	frame_put_header(header, CONTROL_HELLO, bytes);
	memcpy(link->message, header, sizeof(header));
	while (sent < bytes + sizeof(header)) {
		rc = write_some(link, (const uint8_t *)link->message + sent, bytes + sizeof(header) - sent);
		if (rc == 0)
			rc = socket_wait(link->fd, POLLOUT, SILENCE_LIMIT_MS, -1);
		if (rc < 0)
			return rc;
		sent += (size_t)rc;
	}
	link->want_write = false;
	return 0;
}

static void on_welcome(struct link *link, const struct frame *frame)
{
	struct agent *agent = link->agent;
	struct control_welcome welcome;
	int rc = 0;

	if (control_parse_welcome(frame->payload, frame->payload_bytes, &welcome) < 0)
		return;
	say("Welcome as %s", welcome.node);
	memcpy(agent->session, welcome.session, sizeof(agent->session));
	if (agent->settings.run_directory[0] != '\0')
		rc = session_save(agent->settings.run_directory, agent->settings.token, agent->session);
	if (rc < 0)
		say("Cannot keep the session in %s: %s", agent->settings.run_directory, strerror(-rc));
	agent->heartbeat_ms = welcome.heartbeat_ms;
	link->welcomed = true;
	link->heartbeat_at_ms = link->look_at_ms = now_ms();
	outbox_set_connected(&agent->outbox, true);
	jobs_wake_all(&agent->jobs);
}

/* Something has happened that may be worth a heartbeat. */
static void look_soon(struct link *link)
{
	int64_t soon_ms = now_ms() + LOOK_SOON_MS;

	if (link->look_at_ms > soon_ms)
		link->look_at_ms = soon_ms;
}

static int on_frame(struct link *link, const struct frame *frame)
{
	char reason[REASON_BYTES];

	if (frame->type == CONTROL_REFUSED) {
		if (control_parse_refused(frame->payload, frame->payload_bytes, reason) == 0)
			say("The appliance refuses us: %s", reason);
		return -EACCES;
	}
	if (frame->type == CONTROL_WELCOME && !link->welcomed)
		on_welcome(link, frame);
	else if (link->welcomed) {
		dispatch(link->agent, frame);
		look_soon(link);
	}
	return 0;
}

/* Act on each whole frame of what has come in, and move the rest to the front. */
static int take_frames(struct link *link)
{
	size_t at = 0, used;
	struct frame frame;
	int rc = 0;

	while (rc == 0) {
		enum frame_status status = frame_parse(link->in + at, link->in_used - at, &frame, &used);

		if (status == FRAME_NEED_MORE)
			break;
		if (status != FRAME_OK)
			return -EPROTO;
		rc = on_frame(link, &frame);
		at += used;
	}
	memmove(link->in, link->in + at, link->in_used - at);
	link->in_used -= at;
	return rc;
}

/* Read all there is. Returns 0 or -errno. */
static int read_all(struct link *link)
{
	for (;;) {
		size_t got;
		int ok, want, rc;

		ERR_clear_error();
		ok = SSL_read_ex(link->ssl, link->in + link->in_used, IN_BYTES - link->in_used, &got);
		if (ok != 1) {
			want = SSL_get_error(link->ssl, ok);
			return want == SSL_ERROR_WANT_READ || want == SSL_ERROR_WANT_WRITE ? 0 : -ECONNRESET;
		}
		link->heard_ms = now_ms();
		link->in_used += got;
		rc = take_frames(link);
		if (rc < 0)
			return rc;
	}
}

/* Send what the outbox holds, as far as the connection takes it. Returns 0 or -errno. */
static int write_all(struct link *link)
{
	struct out_frame *frame;

	link->want_write = false;
	while ((frame = outbox_first(&link->agent->outbox)) != NULL) {
		int rc = write_some(link, frame->data + link->out_sent, frame->bytes - link->out_sent);

		if (rc <= 0)
			return rc;
		link->out_sent += (size_t)rc;
		if (link->out_sent < frame->bytes)
			continue;
		link->out_sent = 0;
		if (outbox_sent_first(&link->agent->outbox))
			jobs_wake_all(&link->agent->jobs);
	}
	return 0;
}

/* Look after the jobs when it is time, and bring the heartbeat forward when one has news. */
static void look(struct link *link, int64_t now)
{
	enum jobs_news news;
	int64_t soonest_ms = link->beaten_ms + BEAT_LEAST_MS;

	if (now < link->look_at_ms)
		return;
	news = jobs_look(&link->agent->jobs, now);
	link->look_at_ms = news == JOBS_QUIET ? INT64_MAX : now + LOOK_EVERY_MS;
	if (news == JOBS_URGENT && link->heartbeat_at_ms > soonest_ms)
		link->heartbeat_at_ms = soonest_ms;
}

/* Queue a heartbeat when it is time, unless the last has not gone out yet. */
static void beat(struct link *link, int64_t now)
{
	struct agent *agent = link->agent;
	size_t bytes;

	if (now < link->heartbeat_at_ms)
		return;
	link->beaten_ms = now;
	link->heartbeat_at_ms = now + agent->heartbeat_ms;
	if (outbox_holds(&agent->outbox, CONTROL_HEARTBEAT))
		return;
	if (message_heartbeat(agent, link->message, MESSAGE_BYTES, &bytes) == 0)
		(void)outbox_put(&agent->outbox, CONTROL_HEARTBEAT, link->message, bytes);
}

/* Queue what was heard of LLDP since it was told last. Looked at as often as hearts beat. */
static void tell_heard(struct link *link, int64_t now)
{
	struct agent *agent = link->agent;
	uint64_t changes = lldp_changes(&agent->lldp);
	size_t bytes;

	if (changes == link->lldp_told || now < link->lldp_again_ms || outbox_holds(&agent->outbox, CONTROL_HEARD))
		return;
	link->lldp_again_ms = now + HEARD_PAUSE_MS;
	if (message_heard(agent, link->message, MESSAGE_BYTES, &bytes) == 0 &&
	    outbox_put(&agent->outbox, CONTROL_HEARD, link->message, bytes) == 0)
		link->lldp_told = changes;
}

static int wait_for_something(struct link *link, int64_t now)
{
	struct pollfd fds[2] = {
		{ .fd = link->fd, .events = (short)(POLLIN | (link->want_write ? POLLOUT : 0)) },
		{ .fd = link->agent->outbox.wake_fd, .events = POLLIN },
	};
	int64_t until_ms = link->heard_ms + SILENCE_LIMIT_MS;
	eventfd_t ignored;

	if (link->welcomed && link->heartbeat_at_ms < until_ms)
		until_ms = link->heartbeat_at_ms;
	if (link->welcomed && link->look_at_ms < until_ms)
		until_ms = link->look_at_ms;
	if (poll(fds, 2, until_ms > now ? (int)(until_ms - now) : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents != 0) {
		(void)eventfd_read(link->agent->outbox.wake_fd, &ignored);
		look_soon(link);
	}
	return 0;
}

/* Say hello and keep the conversation going until it breaks (-errno) or the agent is to leave and has said so (0). */
int converse(struct link *link)
{
	int64_t flush_until_ms = 0;
	int rc;

	rc = send_hello(link);
	if (rc < 0)
		return rc;
	link->heard_ms = now_ms();

	for (;;) {
		int64_t now;

		rc = read_all(link);
		now = now_ms();
		if (rc == 0 && link->welcomed) {
			look(link, now);
			beat(link, now);
			tell_heard(link, now);
			rc = write_all(link);
		}
		if (link->agent->leaving != LEAVE_NOT) {
			if (flush_until_ms == 0)
				flush_until_ms = now + FLUSH_LIMIT_MS;
			if (rc < 0 || now >= flush_until_ms || outbox_first(&link->agent->outbox) == NULL)
				return 0;
		}
		if (rc < 0)
			return rc;
		if (now - link->heard_ms >= SILENCE_LIMIT_MS)
			return -ETIMEDOUT;
		rc = wait_for_something(link, now);
		if (rc < 0)
			return rc;
	}
}

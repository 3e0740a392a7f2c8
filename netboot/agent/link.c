#include "link.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conversation.h"
#include "log.h"
#include "sockets.h"
#include "tls.h"

enum { CONNECT_LIMIT_MS = 2500 };	/* with the longest pause still below 5 s */

static void disconnect(struct link *link)
{
	outbox_set_connected(&link->agent->outbox, false);
	if (link->ssl != NULL) {
		(void)SSL_shutdown(link->ssl);
		SSL_free(link->ssl);
	}
	if (link->fd >= 0)
		close(link->fd);
	link->ssl = NULL;
	link->fd = -1;
	jobs_wake_all(&link->agent->jobs);
}

/* One connection from beginning to end. Returns as converse(). */
static int connect_once(struct link *link)
{
	const struct settings *settings = &link->agent->settings;
	int rc;

	link->in_used = link->out_sent = 0;
	link->welcomed = link->want_write = false;
	rc = link->fd = socket_connect(&settings->appliance, settings->data_address, CONNECT_LIMIT_MS, -1);
	if (rc < 0)
		return rc;
	rc = tls_handshake(link->context, link->fd, SILENCE_LIMIT_MS, &link->ssl);
	if (rc == -EKEYREJECTED)
		say("Cannot trust the appliance: its key is not the one of brigade.key");
	else if (rc == -EPROTO)
		say("Cannot speak TLS with the appliance: %s", tls_problem());
	return rc < 0 ? rc : converse(link);
}

/* Leave, or say why not and go on. Returns true when the process should end. */
static bool leave(struct agent *agent)
{
	enum leave_how how = agent->leaving;
	int rc;

	if (agent->settings.dry_leave)
		return true;
	rc = leave_now(how);
	if (rc == 0)
		return true;
	say("Cannot leave: %s", strerror(-rc));
	agent->leaving = LEAVE_NOT;
	leave_tell(&agent->outbox, how, strerror(-rc));
	return false;
}

/*
 * Stay connected to the appliance for ever. Returns 0 when the agent has left
 * (only dry-leave lives to see it), or -ENOMEM before the first connection.
 */
int link_keep(struct agent *agent)
{
	struct link link = { .agent = agent, .fd = -1 };
	char appliance[ENDPOINT_TEXT_BYTES];
	int backoff_ms = 0, last_rc = 0, rc;

	endpoint_format(&agent->settings.appliance, appliance);
	link.context = tls_context(agent->settings.key);
	link.in = malloc(IN_BYTES);
	link.message = malloc(MESSAGE_BYTES);
	if (link.context == NULL || link.in == NULL || link.message == NULL)
		return -ENOMEM;
	for (;;) {
		rc = connect_once(&link);
		if (link.welcomed)
			backoff_ms = last_rc = 0;
		disconnect(&link);
		if (rc == 0 && leave(agent))
			break;
		if (rc < 0 && rc != last_rc)	/* once for each new reason, not once for each try */
			say("No connection to the appliance at %s: %s; trying again", appliance, strerror(-rc));
		last_rc = rc;
		backoff_ms = next_backoff_ms(backoff_ms);
		poll(NULL, 0, backoff_ms);
	}
	SSL_CTX_free(link.context);
	free(link.in);
	free(link.message);
	return 0;
}

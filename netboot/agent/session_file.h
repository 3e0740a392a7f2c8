/*
 * The session on tmpfs, so that an agent started again in the same boot gets in:
 * its token is used up. It is kept with the token's digest, and a session that
 * another token bought is not used.
 */
#ifndef AGENT_SESSION_FILE_H
#define AGENT_SESSION_FILE_H

int session_load(const char *directory, const char *token, char session[static 65]);
int session_save(const char *directory, const char *token, const char *session);

#endif

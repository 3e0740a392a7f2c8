/* Says on stderr, in words, what the agent does. Never a token, a key or a session. */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

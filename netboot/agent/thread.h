/* Detached threads with a small stack: a node may have 512 MB, and nothing here recurses deep. */
#ifndef AGENT_THREAD_H
#define AGENT_THREAD_H

#include <pthread.h>

enum { THREAD_STACK_BYTES = 256 * 1024 };

int thread_start(pthread_t *out, void *(*body)(void *), void *argument);
int thread_start_detached(void *(*body)(void *), void *argument);

#endif

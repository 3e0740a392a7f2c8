#include "thread.h"

/* Start a thread to be joined. Returns 0 or -errno. */
int thread_start(pthread_t *out, void *(*body)(void *), void *argument)
{
	pthread_attr_t attributes;
	int rc;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	rc = pthread_create(out, &attributes, body, argument);
	pthread_attr_destroy(&attributes);
	return -rc;
}

/* Start a thread that nobody joins. Returns 0 or -errno. */
int thread_start_detached(void *(*body)(void *), void *argument)
{
	pthread_t thread;
	int rc = thread_start(&thread, body, argument);

	if (rc == 0)
		pthread_detach(thread);
	return rc;
}

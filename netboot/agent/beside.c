#include "beside.h"

#include "digest.h"
#include "thread.h"

static void *beside_thread(void *argument)
{
	struct beside *beside = argument;

	pthread_mutex_lock(&beside->lock);
	while (!beside->stopping) {
		if (!beside->busy) {
			pthread_cond_wait(&beside->changed, &beside->lock);
			continue;
		}
		pthread_mutex_unlock(&beside->lock);
		beside->work(beside->context, beside->data, beside->bytes);
		pthread_mutex_lock(&beside->lock);
		beside->busy = false;
		pthread_cond_broadcast(&beside->changed);
	}
	pthread_mutex_unlock(&beside->lock);
	return NULL;
}

/* Returns 0 or -errno. One that is zeroed and was never opened takes all other calls and does nothing. */
int beside_open(struct beside *beside, beside_work *work, void *context)
{
	int rc;

	*beside = (struct beside){ .context = context };
	pthread_mutex_init(&beside->lock, NULL);
	pthread_cond_init(&beside->changed, NULL);
	beside->work = work;
	rc = thread_start(&beside->thread, beside_thread, beside);
	if (rc < 0)
		beside->work = NULL;
	return rc;
}

/* The bytes stay as they are until beside_wait() returns. */
void beside_begin(struct beside *beside, const uint8_t *data, uint64_t bytes)
{
	if (beside->work == NULL)
		return;
	beside_wait(beside);
	pthread_mutex_lock(&beside->lock);
	beside->data = data;
	beside->bytes = bytes;
	beside->busy = true;
	pthread_cond_broadcast(&beside->changed);
	pthread_mutex_unlock(&beside->lock);
}

/* Afterwards the context is the caller's again. */
void beside_wait(struct beside *beside)
{
	if (beside->work == NULL)
		return;
	pthread_mutex_lock(&beside->lock);
	while (beside->busy)
		pthread_cond_wait(&beside->changed, &beside->lock);
	pthread_mutex_unlock(&beside->lock);
}

void beside_close(struct beside *beside)
{
	if (beside->work == NULL)
		return;
	beside_wait(beside);
	pthread_mutex_lock(&beside->lock);
	beside->stopping = true;
	pthread_cond_broadcast(&beside->changed);
	pthread_mutex_unlock(&beside->lock);
	pthread_join(beside->thread, NULL);
	pthread_mutex_destroy(&beside->lock);
	pthread_cond_destroy(&beside->changed);
	beside->work = NULL;
}

void beside_digest(void *context, const uint8_t *data, uint64_t bytes)
{
	static const uint8_t zeros[1 << 16];

	if (data != NULL) {
		digest_add(context, data, (size_t)bytes);
		return;
	}
	while (bytes > 0) {
		size_t part = bytes < sizeof(zeros) ? (size_t)bytes : sizeof(zeros);

		digest_add(context, zeros, part);
		bytes -= part;
	}
}

/*
 * Nodes that take a broadcast from the appliance again and again, and throw it
 * away unread (MSG_TRUNC): what is measured is the sender.
 *
 *   source_reader ADDRESS PORT BROADCAST KEY CHUNKS READERS SECONDS
 *
 * BROADCAST, KEY   in hex
 * CHUNKS           readers start evenly spread over so many; 0: all at the manifest
 *
 * Reader i comes from 10.79.(1 + i / 256).(i % 256). Prints
 * {"bytes", "seconds", "ended", "broken"} when the time is over.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FETCH = 64, CHALLENGE = 65, PROVE = 66, HEADER = 8, NUMBER = 16, NONCE = 32, PROOF = 32 };
enum { CHALLENGE_BYTES = HEADER + NONCE + PROOF, GULP = 4 << 20, MAX_READERS = 1024 };

struct reader {
	int fd;
	unsigned index;
	size_t heard;
	uint8_t challenge[CHALLENGE_BYTES];
	uint8_t nonce[NONCE];
	int again;
};

static struct sockaddr_in upstream;
static uint8_t number[NUMBER], key[32], gulp[GULP];
static unsigned chunks, readers, ended, broken;
static unsigned long long bytes;
static int poll_fd;

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void unhex(const char *text, uint8_t *out, size_t size)
{
	for (size_t at = 0; at < size; at++)
		must(sscanf(text + 2 * at, "%2hhx", &out[at]) == 1, "hex");
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, 4);
}

static void header(uint8_t *at, uint8_t type, uint32_t payload)
{
	memcpy(at, "BG1", 3);
	at[3] = type;
	put32(at + 4, payload);
}

static void start(struct reader *reader)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = reader };
	uint8_t fetch[HEADER + NUMBER + NONCE + 8];
	uint32_t chunk = 0xffffffff;

	reader->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(reader->fd >= 0, "socket");
	own.sin_addr.s_addr = htonl(0x0a4f0100 + reader->index);
	must(bind(reader->fd, (struct sockaddr *)&own, sizeof(own)) == 0, "bind");
	must(connect(reader->fd, (struct sockaddr *)&upstream, sizeof(upstream)) == 0, "connect");
	reader->heard = 0;
	must(RAND_bytes(reader->nonce, NONCE) == 1, "random");
	header(fetch, FETCH, sizeof(fetch) - HEADER);
	memcpy(fetch + HEADER, number, NUMBER);
	memcpy(fetch + HEADER + NUMBER, reader->nonce, NONCE);
	if (chunks > 0)
		chunk = reader->again ? 0 : (uint32_t)((uint64_t)chunks * reader->index / readers);
	put32(fetch + HEADER + NUMBER + NONCE, chunk);
	put32(fetch + HEADER + NUMBER + NONCE + 4, 0);
	must(write(reader->fd, fetch, sizeof(fetch)) == sizeof(fetch), "fetch");
	must(fcntl(reader->fd, F_SETFL, O_NONBLOCK) == 0, "nonblock");
	must(epoll_ctl(poll_fd, EPOLL_CTL_ADD, reader->fd, &event) == 0, "epoll");
	reader->again = 1;
}

static void prove(struct reader *reader)
{
	uint8_t said[10 + NUMBER + 2 * NONCE], answer[HEADER + PROOF];
	unsigned size = PROOF;

	memcpy(said, "downstream", 10);
	memcpy(said + 10, number, NUMBER);
	memcpy(said + 10 + NUMBER, reader->challenge + HEADER, NONCE);
	memcpy(said + 10 + NUMBER + NONCE, reader->nonce, NONCE);
	header(answer, PROVE, PROOF);
	must(HMAC(EVP_sha256(), key, sizeof(key), said, sizeof(said), answer + HEADER, &size) != NULL, "hmac");
	must(write(reader->fd, answer, sizeof(answer)) == sizeof(answer), "prove");
}

static void take(struct reader *reader)
{
	ssize_t got;

	if (reader->heard < CHALLENGE_BYTES) {
		got = read(reader->fd, reader->challenge + reader->heard, CHALLENGE_BYTES - reader->heard);
		if (got > 0 && (reader->heard += (size_t)got) == CHALLENGE_BYTES) {
			if (reader->challenge[3] == CHALLENGE)
				prove(reader);
			else
				got = 0;
		}
	} else {
		got = recv(reader->fd, gulp, sizeof(gulp), MSG_TRUNC);
		if (got > 0)
			bytes += (unsigned long long)got;
	}
	if (got > 0 || (got < 0 && errno == EAGAIN))
		return;
	if (got < 0 || reader->heard < CHALLENGE_BYTES)
		broken++;
	else
		ended++;
	close(reader->fd);
	start(reader);
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static struct reader all[MAX_READERS];
	struct epoll_event events[64];
	double began, limit;

	must(argc == 8, "arguments");
	upstream.sin_family = AF_INET;
	must(inet_pton(AF_INET, argv[1], &upstream.sin_addr) == 1, "address");
	upstream.sin_port = htons((uint16_t)atoi(argv[2]));
	unhex(argv[3], number, sizeof(number));
	unhex(argv[4], key, sizeof(key));
	chunks = (unsigned)atoi(argv[5]);
	readers = (unsigned)atoi(argv[6]);
	limit = atof(argv[7]);
	must(readers > 0 && readers <= MAX_READERS, "readers");
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	began = now();
	for (unsigned index = 0; index < readers; index++) {
		all[index].index = index;
		start(&all[index]);
	}
	while (now() - began < limit) {
		int count = epoll_wait(poll_fd, events, 64, 100);

		for (int at = 0; at < count; at++)
			take(events[at].data.ptr);
	}
	printf("{\"bytes\":%llu,\"seconds\":%.3f,\"ended\":%u,\"broken\":%u}\n", bytes, now() - began, ended, broken);
	return 0;
}

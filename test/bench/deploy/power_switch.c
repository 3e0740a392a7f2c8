/* Asks the program that plays all machines: power_switch SOCKET NODE ACTION. Prints its answer ("on", "off" or nothing). */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un where = { .sun_family = AF_UNIX };
	char words[256];
	ssize_t got;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 4 || strlen(argv[1]) >= sizeof(where.sun_path) || fd < 0)
		return 2;
	strcpy(where.sun_path, argv[1]);
	if (connect(fd, (struct sockaddr *)&where, sizeof(where)) < 0)
		return 3;
	int length = snprintf(words, sizeof(words), "%s %s\n", argv[2], argv[3]);
	if (length <= 0 || (size_t)length >= sizeof(words) || write(fd, words, (size_t)length) != length)
		return 4;
	while ((got = read(fd, words, sizeof(words))) > 0)
		fwrite(words, 1, (size_t)got, stdout);
	return got < 0 ? 5 : 0;
}

#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/*
 * One sentence, one line, one write: threads do not mix their lines. Control
 * characters (the text may quote a peer or tar) become '?', so nothing on the wire writes to a screen.
 */
void say(const char *format, ...)
{
	char line[1024] = "agent: ";
	size_t at = 7;
	va_list args;
	ssize_t ignored;
	int length;

	va_start(args, format);
	length = vsnprintf(line + at, sizeof(line) - at - 1, format, args);
	va_end(args);
	if (length < 0)
		return;
	at += (size_t)length < sizeof(line) - at - 1 ? (size_t)length : sizeof(line) - at - 2;
	for (size_t i = 0; i < at; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[at] = '\n';
	ignored = write(STDERR_FILENO, line, at + 1);
	(void)ignored;	/* nowhere left to complain */
}

/* Any kernel command line, and any words as options. */
#include <stdlib.h>
#include <string.h>

#include "../../netboot/agent/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 16 };

/* Cut a copy of the text at its spaces. */
static int split(char *text, char *words[WORDS_MAX])
{
	int count = 0;
	char *word;

	while (count < WORDS_MAX && (word = strsep(&text, " ")) != NULL)
		words[count++] = word;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char problem[PROBLEM_BYTES], *words[WORDS_MAX], *copy = malloc(size + 1);
	struct settings settings;

	if (copy == NULL)
		return 0;
	settings_defaults(&settings);
	settings_from_kernel((const char *)data, size, &settings);
	(void)settings_check(&settings, problem);
	if (settings.has_token && strlen(settings.token) != 64)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	settings_defaults(&settings);
	if (settings_from_options(split(copy, words), words, &settings, problem) < 0 && memchr(problem, 0, PROBLEM_BYTES) == NULL)
		abort();
	free(copy);
	return 0;
}

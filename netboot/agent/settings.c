#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hex.h"

#define RAMDISK_RUN_DIRECTORY "/run/brigade"

void settings_defaults(struct settings *out)
{
	memset(out, 0, sizeof(*out));
	out->data_port = 7801;
}

/* Read "52:54:00:aa:bb:cc" or with hyphens, in any case. Returns 0 or -EBADMSG, out then untouched. */
int mac_parse(const char *text, size_t text_bytes, char out[static MAC_TEXT_BYTES])
{
	char lower[MAC_TEXT_BYTES];
	uint8_t byte;

	if (text_bytes != MAC_TEXT_BYTES - 1)
		return -EBADMSG;
	for (size_t i = 0; i < 6; i++) {
		if (hex_decode(text + 3 * i, 2, &byte, 1) < 0)
			return -EBADMSG;
		if (i < 5 && text[3 * i + 2] != ':' && text[3 * i + 2] != '-')
			return -EBADMSG;
		hex_encode(&byte, 1, lower + 3 * i);
		lower[3 * i + 2] = i < 5 ? ':' : '\0';
	}
	memcpy(out, lower, sizeof(lower));
	return 0;
}

static int set_appliance(struct settings *s, const char *text, size_t bytes)
{
	return endpoint_parse(text, bytes, &s->appliance);
}

static int set_key(struct settings *s, const char *text, size_t bytes)
{
	if (hex_decode(text, bytes, s->key, sizeof(s->key)) < 0)
		return -EBADMSG;
	s->has_key = true;
	return 0;
}

static int set_token(struct settings *s, const char *text, size_t bytes)
{
	uint8_t token[32];

	if (hex_decode(text, bytes, token, sizeof(token)) < 0)
		return -EBADMSG;
	hex_encode(token, sizeof(token), s->token);
	s->has_token = true;
	return 0;
}

static int set_mac(struct settings *s, const char *text, size_t bytes)
{
	return mac_parse(text, bytes, s->mac);
}

/* PXELINUX's form: the hardware type (01, Ethernet) goes before the address. */
static int set_bootif(struct settings *s, const char *text, size_t bytes)
{
	if (bytes < 3 || memcmp(text, "01-", 3) != 0)
		return -EBADMSG;
	return mac_parse(text + 3, bytes - 3, s->mac);
}

static int set_data_port(struct settings *s, const char *text, size_t bytes)
{
	uint32_t port = 0;

	if (bytes == 0 || bytes > 5)
		return -EBADMSG;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EBADMSG;
		port = port * 10 + (uint32_t)(text[i] - '0');
	}
	if (port > 65535)
		return -EBADMSG;
	s->data_port = (uint16_t)port;
	return 0;
}

static int set_data_address(struct settings *s, const char *text, size_t bytes)
{
	return address_parse(text, bytes, &s->data_address);
}

static int set_run_directory(struct settings *s, const char *text, size_t bytes)
{
	if (bytes == 0 || bytes >= sizeof(s->run_directory) || text[0] != '/')
		return -EBADMSG;
	memcpy(s->run_directory, text, bytes);
	s->run_directory[bytes] = '\0';
	return 0;
}

struct setting {
	const char *name;
	int (*set)(struct settings *s, const char *text, size_t bytes);
	const char *wanted;
};

static const struct setting kernel_parameters[] = {
	{ "brigade.appliance", set_appliance, "" },
	{ "brigade.key", set_key, "" },
	{ "brigade.token", set_token, "" },
	{ "BOOTIF", set_bootif, "" },
};

static const struct setting options[] = {
	{ "--appliance", set_appliance, "ADDRESS:PORT, as 10.77.0.1:7800" },
	{ "--key", set_key, "64 hexadecimal digits" },
	{ "--token", set_token, "64 hexadecimal digits" },
	{ "--mac", set_mac, "a MAC address, as 52:54:00:12:34:56" },
	{ "--data-port", set_data_port, "a port from 0 (any free one) to 65535" },
	{ "--data-address", set_data_address, "an IPv4 address of this host" },
	{ "--run-directory", set_run_directory, "a directory, from / on" },
};

/* One word of the kernel command line; what is not ours or does not parse is left to others. */
static void take_kernel_word(const char *word, size_t bytes, struct settings *out)
{
	for (size_t i = 0; i < sizeof(kernel_parameters) / sizeof(kernel_parameters[0]); i++) {
		const struct setting *p = &kernel_parameters[i];
		size_t name_bytes = strlen(p->name);

		if (bytes > name_bytes && memcmp(word, p->name, name_bytes) == 0 && word[name_bytes] == '=')
			(void)p->set(out, word + name_bytes + 1, bytes - name_bytes - 1);
	}
}

/*
 * Read /proc/cmdline's text. A value that does not parse stays untold, and
 * settings_check() then names it: the rest of the line must not be lost for it.
 * Who is told by the kernel is in the ramdisk and keeps its session in /run.
 */
void settings_from_kernel(const char *text, size_t text_bytes, struct settings *out)
{
	const char *at = text, *end = text + text_bytes;

	while (at < end) {
		const char *start = at;

		while (at < end && *at != ' ' && *at != '\n' && *at != '\t' && *at != '\0')
			at++;
		take_kernel_word(start, (size_t)(at - start), out);
		if (at < end)
			at++;
	}
	if (out->has_token && out->run_directory[0] == '\0')
		memcpy(out->run_directory, RAMDISK_RUN_DIRECTORY, sizeof(RAMDISK_RUN_DIRECTORY));
}

static const struct setting *option_named(const char *name)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/* Returns 0, or -EINVAL with a sentence in problem, which never repeats a value: it may be the token. */
int settings_from_options(int argc, char *const argv[], struct settings *out, char problem[static PROBLEM_BYTES])
{
	for (int i = 1; i < argc; i++) {
		const struct setting *option = option_named(argv[i]);

		if (strcmp(argv[i], "--dry-leave") == 0) {
			out->dry_leave = true;
			continue;
		}
		if (option == NULL) {
			snprintf(problem, PROBLEM_BYTES, "Cannot understand argument %d: no such option", i);
			return -EINVAL;
		}
		if (++i == argc || option->set(out, argv[i], strlen(argv[i])) < 0) {
			snprintf(problem, PROBLEM_BYTES, "Cannot use the value of %s: wanted %s", option->name, option->wanted);
			return -EINVAL;
		}
	}
	return 0;
}

/* Is everything there that the agent cannot do without? Returns 0, or -EINVAL with a sentence in problem. */
int settings_check(const struct settings *settings, char problem[static PROBLEM_BYTES])
{
	const char *missing = NULL;

	if (settings->appliance.port == 0)
		missing = "brigade.appliance=ADDRESS:PORT or --appliance";
	else if (!settings->has_key)
		missing = "brigade.key=HEX64 or --key";
	else if (!settings->has_token)
		missing = "brigade.token=HEX64 or --token";
	else if (settings->mac[0] == '\0')
		missing = "BOOTIF=01-MAC or --mac";
	if (missing == NULL)
		return 0;
	snprintf(problem, PROBLEM_BYTES, "Cannot start: %s is missing or malformed", missing);
	return -EINVAL;
}

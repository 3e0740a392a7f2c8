/*
 * What the agent is told at its start: kernel parameters, then options, which
 * take their place (PROTOCOL.md section 5). Parsing only; nothing here allocates.
 */
#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"

enum { MAC_TEXT_BYTES = 18, SETTING_VALUE_BYTES = 256, PROBLEM_BYTES = 512 };

struct settings {
	struct endpoint appliance;	/* port 0: not told */
	bool has_key, has_token;
	uint8_t key[32];		/* SHA-256 of the appliance's SubjectPublicKeyInfo */
	char token[65];
	char mac[MAC_TEXT_BYTES];	/* lower case with colons; empty: not told */
	uint16_t data_port;
	uint32_t data_address;		/* 0: all */
	char run_directory[SETTING_VALUE_BYTES];	/* empty: remember nothing */
	bool dry_leave;
};

void settings_defaults(struct settings *out);
void settings_from_kernel(const char *text, size_t text_bytes, struct settings *out);
int settings_from_options(int argc, char *const argv[], struct settings *out, char problem[static PROBLEM_BYTES]);
int settings_check(const struct settings *settings, char problem[static PROBLEM_BYTES]);
int mac_parse(const char *text, size_t text_bytes, char out[static MAC_TEXT_BYTES]);

#endif

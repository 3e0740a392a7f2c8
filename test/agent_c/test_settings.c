#include <errno.h>
#include <string.h>

#include "check.h"
#include "../../netboot/agent/settings.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TOKEN "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static struct settings of_kernel(const char *line)
{
	struct settings settings;

	settings_defaults(&settings);
	settings_from_kernel(line, strlen(line), &settings);
	return settings;
}

static void reads_kernel_parameters(void)
{
	struct settings s = of_kernel("quiet brigade.appliance=10.77.0.1:7800 brigade.key=" KEY " brigade.token=" TOKEN
				      " brigade.mode=install BOOTIF=01-52-54-00-AA-bb-cc console=ttyS0,115200\n");
	char problem[PROBLEM_BYTES];

	CHECK(s.appliance.address == 0x0a4d0001 && s.appliance.port == 7800);
	CHECK(s.has_key && s.key[0] == 0 && s.key[31] == 0xff);
	CHECK(s.has_token && strcmp(s.token, TOKEN) == 0);
	CHECK(strcmp(s.mac, "52:54:00:aa:bb:cc") == 0);
	CHECK(s.data_port == 7801 && s.data_address == 0 && !s.dry_leave);
	CHECK(strcmp(s.run_directory, "/run/brigade") == 0);
	CHECK(settings_check(&s, problem) == 0);
}

static void names_what_is_missing(void)
{
	static const struct {
		const char *line, *wanted;
	} rows[] = {
		{ "", "brigade.appliance" },
		{ "brigade.appliance=node:7800 brigade.key=" KEY, "brigade.appliance" },
		{ "brigade.appliance=10.0.0.1:1 brigade.key=00", "brigade.key" },
		{ "brigade.appliance=10.0.0.1:1 brigade.key=" KEY " brigade.token=" TOKEN "0", "brigade.token" },
		{ "brigade.appliance=10.0.0.1:1 xbrigade.key=" KEY, "brigade.key" },
		{ "brigade.appliance=10.0.0.1:1 brigade.key=" KEY " brigade.token=" TOKEN " BOOTIF=52-54-00-aa-bb-cc", "BOOTIF" },
		{ "brigade.appliance=10.0.0.1:1 brigade.key=" KEY " brigade.token=" TOKEN " BOOTIF=01-52-54-00-aa-bb-c", "BOOTIF" },
		{ "brigade.appliance=10.0.0.1:1 brigade.key=" KEY " brigade.token=" TOKEN " BOOTIF", "BOOTIF" },
	};
	char problem[PROBLEM_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings s = of_kernel(rows[i].line);

		problem[0] = '\0';
		CHECK_ROW(settings_check(&s, problem) == -EINVAL, rows[i].line);
		CHECK_ROW(strstr(problem, rows[i].wanted) != NULL, rows[i].line);
		CHECK_ROW(strstr(problem, TOKEN) == NULL, "the token is never repeated");
	}
}

static int options(int argc, const char *const argv[], struct settings *out, char *problem)
{
	settings_defaults(out);
	return settings_from_options(argc, (char *const *)(uintptr_t)argv, out, problem);
}

static void reads_options(void)
{
	static const char *const all[] = { "agent", "--appliance", "127.0.0.1:1", "--key", KEY, "--token", TOKEN,
		"--mac", "52:54:00:AA:bb:cc", "--data-port", "0", "--data-address", "127.0.0.2",
		"--run-directory", "/tmp/x", "--dry-leave" };
	static const char *const bad[][3] = {
		{ "agent", "--data-port", "65536" }, { "agent", "--data-port", "-1" }, { "agent", "--data-port", "" },
		{ "agent", "--token", TOKEN "0" }, { "agent", "--run-directory", "x" }, { "agent", "--mac", "52:54:00:aa:bb" },
		{ "agent", "--help", "x" }, { "agent", TOKEN, "x" },
	};
	char problem[PROBLEM_BYTES] = "";
	struct settings s;

	CHECK(options(16, all, &s, problem) == 0);
	CHECK(settings_check(&s, problem) == 0);
	CHECK(s.data_port == 0 && s.data_address == 0x7f000002 && s.dry_leave);
	CHECK(strcmp(s.run_directory, "/tmp/x") == 0 && strcmp(s.mac, "52:54:00:aa:bb:cc") == 0);
	CHECK(options(2, all, &s, problem) == -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_ROW(options(3, bad[i], &s, problem) == -EINVAL, bad[i][2]);
		CHECK_ROW(strstr(problem, TOKEN) == NULL, "the token is never repeated");
	}
}

void test_settings(void)
{
	reads_kernel_parameters();
	names_what_is_missing();
	reads_options();
}

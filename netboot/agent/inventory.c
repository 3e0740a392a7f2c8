#include "inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

/* What follows `field` and a colon in the first line that starts with it; empty when none does. */
static struct sysfs_text line_of(const char *path, const char *field)
{
	struct sysfs_text out = { "" };
	size_t field_bytes = strlen(field);
	FILE *file = fopen(path, "re");
	char line[512];

	if (file == NULL)
		return out;
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *value;

		if (strncmp(line, field, field_bytes) != 0 || (value = strchr(line, ':')) == NULL)
			continue;
		value += 1 + strspn(value + 1, " \t");
		snprintf(out.text, sizeof(out.text), "%.*s", (int)strcspn(value, "\n"), value);
		break;
	}
	fclose(file);
	return out;
}

/* A field of /proc/meminfo in bytes, 0 when there is none. */
uint64_t meminfo_bytes(const char *field)
{
	return strtoull(line_of("/proc/meminfo", field).text, NULL, 10) * 1024;
}

static void put_dmi(struct json_writer *w)
{
	static const char *const names[][2] = {
		{ "vendor", "sys_vendor" }, { "product", "product_name" },
		{ "serial", "product_serial" }, { "uuid", "product_uuid" },
	};

	json_open(w, "dmi", '{');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sysfs_text text = sysfs_read("/sys/class/dmi/id", names[i][1]);

		json_put_text(w, names[i][0], text.text);
	}
	json_close(w, '}');
}

/* Whether the firmware refuses what nobody signed: the variable's four bytes of attributes, then its value. */
static bool secure_boot(void)
{
	static const char path[] = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	unsigned char bytes[5];
	FILE *file = fopen(path, "re");
	size_t count;

	if (file == NULL)
		return false;
	count = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return count == sizeof(bytes) && bytes[4] == 1;
}

static void put_cpu(struct json_writer *w)
{
	long threads = sysconf(_SC_NPROCESSORS_ONLN);

	json_open(w, "cpu", '{');
	json_put_text(w, "model", line_of("/proc/cpuinfo", "model name").text);
	json_put_uint(w, "threads", threads > 0 ? (uint64_t)threads : 1);
	json_close(w, '}');
}

void inventory_put(struct json_writer *w, struct lldp *lldp)
{
	json_open(w, "inventory", '{');
	put_dmi(w);
	json_put_text(w, "firmware", access("/sys/firmware/efi", F_OK) == 0 ? "uefi" : "bios");
	json_put_bool(w, "secureBoot", secure_boot());
	put_cpu(w);
	json_put_uint(w, "memBytes", meminfo_bytes("MemTotal"));
	inventory_put_nics(w);
	inventory_put_disks(w);
	lldp_put(lldp, w);
	json_close(w, '}');
}

#include "inventory.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

enum { DISKS_MAX = 256 };

/* Block devices that no system is installed on. */
static bool is_disk(const char *name)
{
	static const char *const others[] = { "loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd" };

	if (name[0] == '.' || strlen(name) > 64)
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

/* The serial number of a SCSI or SATA disk: vital product data page 0x80, four bytes of header and text (SPC-4). */
static struct sysfs_text scsi_serial(const char *directory)
{
	struct sysfs_text out = { "" };
	unsigned char page[4 + 250];
	size_t start = 4, end;
	ssize_t got;
	int fd = sysfs_open(directory, "device/vpd_pg80");

	if (fd < 0)
		return out;
	got = read(fd, page, sizeof(page));
	close(fd);
	if (got < 4)
		return out;
	end = page[3] < got - 4 ? 4u + page[3] : (size_t)got;
	while (end > start && (page[end - 1] == ' ' || page[end - 1] == '\0'))
		end--;
	while (start < end && page[start] == ' ')
		start++;
	memcpy(out.text, page + start, end - start);
	out.text[end - start] = '\0';
	return out;
}

/* The first of several places where kernels put the same thing. */
static struct sysfs_text first_of(const char *directory, const char *name, const char *other)
{
	struct sysfs_text out = sysfs_read(directory, name);

	return out.text[0] != '\0' ? out : sysfs_read(directory, other);
}

static void put_disk(struct json_writer *w, const char *name, const char *directory, uint64_t sectors)
{
	struct sysfs_text serial = first_of(directory, "serial", "device/serial");	/* virtio; NVMe */
	char device[128];

	if (serial.text[0] == '\0')
		serial = scsi_serial(directory);
	snprintf(device, sizeof(device), "/dev/%.64s", name);
	for (char *at = device; *at != '\0'; at++)
		if (*at == '!')
			*at = '/';	/* cciss!c0d0 is /dev/cciss/c0d0 */
	json_open(w, NULL, '{');
	json_put_text(w, "name", device);
	json_put_uint(w, "bytes", sectors * 512);	/* sysfs counts in 512 bytes, whatever the disk does */
	json_put_uint(w, "sectorBytes", (uint64_t)sysfs_number(directory, "queue/logical_block_size", 512));
	json_put_text(w, "model", sysfs_read(directory, "device/model").text);
	json_put_text(w, "serial", serial.text);
	json_put_text(w, "wwn", first_of(directory, "wwid", "device/wwid").text);
	json_put_bool(w, "rotational", sysfs_number(directory, "queue/rotational", 0) == 1);
	json_put_bool(w, "removable", sysfs_number(directory, "removable", 0) == 1);
	json_close(w, '}');
}

void inventory_put_disks(struct json_writer *w)
{
	DIR *all = opendir("/sys/block");
	char directory[SYSFS_PATH_BYTES];
	struct dirent *entry;
	int count = 0;

	json_open(w, "disks", '[');
	while (all != NULL && count < DISKS_MAX && (entry = readdir(all)) != NULL) {
		long long sectors;

		if (!is_disk(entry->d_name))
			continue;
		snprintf(directory, sizeof(directory), "/sys/block/%.64s", entry->d_name);
		sectors = sysfs_number(directory, "size", 0);
		if (sectors <= 0)
			continue;	/* a card reader without a card */
		put_disk(w, entry->d_name, directory, (uint64_t)sectors);
		count++;
	}
	if (all != NULL)
		closedir(all);
	json_close(w, ']');
}

#include "inventory.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sysfs.h"

enum { NICS_MAX = 64 };

/* "0000:3b:00.1": what a PCI function is called in sysfs. */
static bool is_pci_name(const char *name, size_t bytes)
{
	return bytes == 12 && name[4] == ':' && name[7] == ':' && name[10] == '.';
}

/* The last PCI function on the way to the device; a virtio NIC hangs one level below its own. */
static void put_pci_path(struct json_writer *w, const char *directory)
{
	char path[SYSFS_PATH_BYTES], pci[13] = "";
	char *real;

	snprintf(path, sizeof(path), "%.500s/device", directory);
	real = realpath(path, NULL);
	for (const char *at = real; at != NULL && *at != '\0';) {
		size_t bytes = strcspn(at, "/");

		if (is_pci_name(at, bytes))
			snprintf(pci, sizeof(pci), "%.12s", at);
		at += bytes + (at[bytes] == '/');
	}
	free(real);
	json_put_text(w, "pciPath", pci);
}

static void put_address(struct json_writer *w, const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address;
	char text[INET_ADDRSTRLEN];
	struct ifreq request;
	int rc;

	memset(&request, 0, sizeof(request));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.15s", name);
	rc = ioctl(fd, SIOCGIFADDR, &request);
	if (fd >= 0)
		close(fd);
	if (rc < 0) {
		json_put_null(w, "address");
		return;
	}
	memcpy(&address, &request.ifr_addr, sizeof(address));
	json_put_text(w, "address", inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)));
}

static void put_nic(struct json_writer *w, const char *name, const char *directory)
{
	long long speed = sysfs_number(directory, "speed", -1);	/* -1 or an error while the link is down */

	json_open(w, NULL, '{');
	json_put_text(w, "name", name);
	json_put_text(w, "mac", sysfs_read(directory, "address").text);
	if (speed > 0)
		json_put_uint(w, "speedMbit", (uint64_t)speed);
	else
		json_put_null(w, "speedMbit");
	json_put_bool(w, "carrier", sysfs_number(directory, "carrier", 0) == 1);
	json_put_text(w, "driver", sysfs_link_name(directory, "device/driver").text);
	put_pci_path(w, directory);
	put_address(w, name);
	json_close(w, '}');
}

/* Ethernet only: no loopback, tunnels or InfiniBand. */
void inventory_put_nics(struct json_writer *w)
{
	DIR *all = opendir("/sys/class/net");
	char directory[SYSFS_PATH_BYTES];
	struct dirent *entry;
	int count = 0;

	json_open(w, "nics", '[');
	while (all != NULL && count < NICS_MAX && (entry = readdir(all)) != NULL) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= IF_NAMESIZE)
			continue;
		snprintf(directory, sizeof(directory), "/sys/class/net/%s", entry->d_name);
		if (sysfs_number(directory, "type", -1) != ARPHRD_ETHER)
			continue;
		put_nic(w, entry->d_name, directory);
		count++;
	}
	if (all != NULL)
		closedir(all);
	json_close(w, ']');
}

#include "leave.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "json_writer.h"

/* Give the kernel the one to start next. Returns 0 or -errno. */
int leave_load_kernel(const struct control_kexec *kexec)
{
	unsigned long flags = kexec->initrd[0] == '\0' ? KEXEC_FILE_NO_INITRAMFS : 0;
	int kernel_fd, initrd_fd = -1, rc = 0;

	kernel_fd = open(kexec->kernel, O_RDONLY | O_CLOEXEC);
	if (kernel_fd < 0)
		return -errno;
	if (kexec->initrd[0] != '\0') {
		initrd_fd = open(kexec->initrd, O_RDONLY | O_CLOEXEC);
		if (initrd_fd < 0)
			rc = -errno;
	}
	if (rc == 0 && syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, strlen(kexec->command_line) + 1,
			       kexec->command_line, flags) < 0)
		rc = -errno;
	if (initrd_fd >= 0)
		close(initrd_fd);
	close(kernel_fd);
	return rc;
}

/* Go, with everything on the disks. Returns only when the kernel refused: -errno. */
int leave_now(enum leave_how how)
{
	int command = how == LEAVE_REBOOT ? (int)LINUX_REBOOT_CMD_RESTART :
		      how == LEAVE_POWEROFF ? (int)LINUX_REBOOT_CMD_POWER_OFF : (int)LINUX_REBOOT_CMD_KEXEC;

	sync();
	return reboot(command) < 0 ? -errno : 0;
}

/* Queue `leaving`; error is NULL when it is about to be done. */
void leave_tell(struct outbox *outbox, enum leave_how how, const char *error)
{
	static const char *const words[] = { "", "reboot", "poweroff", "kexec" };
	struct json_writer w;
	char json[1024];
	size_t bytes;

	json_begin(&w, json, sizeof(json));
	json_open(&w, NULL, '{');
	json_put_text(&w, "how", words[how]);
	json_put_text(&w, "error", error);
	json_close(&w, '}');
	if (json_done(&w, &bytes) == 0)
		(void)outbox_put(outbox, CONTROL_LEAVING, json, bytes);
}

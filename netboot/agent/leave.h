/* Leaving the ramdisk: reboot, poweroff, kexec. */
#ifndef AGENT_LEAVE_H
#define AGENT_LEAVE_H

#include <stddef.h>

#include "control.h"
#include "outbox.h"

enum leave_how { LEAVE_NOT, LEAVE_REBOOT, LEAVE_POWEROFF, LEAVE_KEXEC };

int leave_load_kernel(const struct control_kexec *kexec);
int leave_now(enum leave_how how);
void leave_tell(struct outbox *outbox, enum leave_how how, const char *error);

#endif

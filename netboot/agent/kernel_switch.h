/*
 * The agent's program without the agent: on a node that runs some Linux, it
 * gives the kernel the ramdisk to start next, and starts it. Whatever distribution
 * that Linux is, and whether it has tools for this or not.
 *
 *     brigade-agent load-kernel KERNEL INITRD COMMAND-LINE-FILE
 *     brigade-agent start-kernel
 *
 * The command line comes in a file: it has the boot token, and arguments are
 * for every user to see.
 */
#ifndef AGENT_KERNEL_SWITCH_H
#define AGENT_KERNEL_SWITCH_H

#include <stdbool.h>

bool kernel_switch_asked(int argc, char *const argv[]);
int kernel_switch(int argc, char *const argv[]);

#endif

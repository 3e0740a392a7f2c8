/** Nothing that acts in iPXE, GRUB or a shell: no space, quote, $, ;, |, &, <, >, braces or backslash. */
const KERNEL_ARGUMENT = /^[A-Za-z0-9._,:=/@+%~^*![\]-]{1,200}$/;
/** What the appliance itself tells the ramdisk. */
const OURS = /^brigade\./i;

export const isKernelArgument = (text: string): boolean => KERNEL_ARGUMENT.test(text) && !OURS.test(text);

# shellcheck shell=sh
# Words for the person in front of the machine; sourced.

# All consoles the kernel writes to (console=tty0 console=ttyS0: both), so that screen and serial line show the same.
say_consoles() {
	read -r consoles </sys/class/tty/console/active 2>/dev/null && [ -n "$consoles" ] || consoles=console
	echo "$consoles"
}

say() {
	for say_console in ${say_to:=$(say_consoles)}; do
		echo "Brigade: $*" >"/dev/$say_console"
	done 2>/dev/null
}

# Value of NAME=value on the kernel command line, or nothing.
kernel_argument() {
	for word in ${kernel_words:=$(cat /proc/cmdline)}; do
		case $word in "$1="*) echo "${word#*=}" && return ;; esac
	done
}

# Seconds since the kernel started.
uptime_sec() {
	read -r uptime_now _ </proc/uptime
	echo "$uptime_now"
}

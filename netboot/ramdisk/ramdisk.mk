# netboot/ramdisk: kernel and initramfs that a node boots to be installed
NETBOOT_CACHE := $(CURDIR)/out/cache/netboot
NETBOOT_UNPACKED := $(NETBOOT_CACHE)/.unpacked
BRIGADE_AGENT ?= out/agent/brigade-agent
RAMDISK_SCRIPTS := $(wildcard netboot/ramdisk/*.sh)
RAMDISK_SOURCES := $(wildcard netboot/ramdisk/*.sh netboot/ramdisk/*.list) $(shell find netboot/ramdisk/root -type f)

.PHONY: ramdisk ramdisk-check
ramdisk: out/boot/ramdisk/vmlinuz out/boot/ramdisk/initramfs

ramdisk-check:
	shellcheck -x -P SCRIPTDIR:. $(RAMDISK_SCRIPTS)
	shellcheck -s sh -e SC1091 netboot/ramdisk/root/init $(wildcard netboot/ramdisk/root/usr/lib/brigade/*)

$(NETBOOT_UNPACKED): netboot/ramdisk/packages.list netboot/ramdisk/fetch.sh netboot/ramdisk/common.sh | out/.packages
	sh netboot/ramdisk/fetch.sh $(NETBOOT_CACHE)
	@touch $@

$(NETBOOT_CACHE)/usr.squashfs: $(NETBOOT_UNPACKED) $(BRIGADE_AGENT) $(RAMDISK_SOURCES)
	sh netboot/ramdisk/assemble.sh $(NETBOOT_CACHE) $(BRIGADE_AGENT) $@

out/boot/ramdisk/vmlinuz: $(NETBOOT_UNPACKED)
	@mkdir -p $(@D)
	cp $(NETBOOT_CACHE)/kernel/boot/vmlinuz-* $@.new
	chmod 644 $@.new
	cp $(NETBOOT_CACHE)/packages.txt $(@D)/packages.txt
	mv $@.new $@

out/boot/ramdisk/initramfs: $(NETBOOT_CACHE)/usr.squashfs
	@mkdir -p $(@D)
	sh netboot/ramdisk/pack.sh $(NETBOOT_CACHE) $< $@

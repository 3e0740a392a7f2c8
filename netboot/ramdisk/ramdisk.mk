# netboot/ramdisk: kernel and initramfs that a node boots to be installed
NETBOOT_CACHE := $(CURDIR)/out/cache/netboot
NETBOOT_CACHE_ARM64 := $(CURDIR)/out/cache/netboot-arm64
NETBOOT_UNPACKED := $(NETBOOT_CACHE)/.unpacked
NETBOOT_UNPACKED_ARM64 := $(NETBOOT_CACHE_ARM64)/.unpacked
# Programs of the build that run on the builder, whatever the nodes are.
NETBOOT_TOOLS := $(NETBOOT_CACHE)/tree
BRIGADE_AGENT ?= out/agent/brigade-agent
BRIGADE_AGENT_ARM64 ?= out/agent/arm64/brigade-agent
RAMDISK_SCRIPTS := $(wildcard netboot/ramdisk/*.sh)
RAMDISK_SOURCES := $(wildcard netboot/ramdisk/*.sh netboot/ramdisk/*.list) $(shell find netboot/ramdisk/root -type f)
FETCH_SOURCES := netboot/ramdisk/packages.list netboot/ramdisk/fetch.sh netboot/ramdisk/common.sh
RAMDISK_FILES := $(foreach file,vmlinuz initramfs brigade-agent,out/boot/ramdisk/$(file) out/boot/ramdisk/arm64/$(file))

.PHONY: ramdisk ramdisk-check
ramdisk: $(RAMDISK_FILES)

ramdisk-check:
	shellcheck -x -P SCRIPTDIR:. $(RAMDISK_SCRIPTS)
	shellcheck -s sh -e SC1091 netboot/ramdisk/root/init $(wildcard netboot/ramdisk/root/usr/lib/brigade/*)

$(NETBOOT_UNPACKED): $(FETCH_SOURCES) | out/.packages
	sh netboot/ramdisk/fetch.sh amd64 $(NETBOOT_CACHE)
	@touch $@

$(NETBOOT_UNPACKED_ARM64): $(FETCH_SOURCES) | out/.packages
	sh netboot/ramdisk/fetch.sh arm64 $(NETBOOT_CACHE_ARM64)
	@touch $@

$(NETBOOT_CACHE)/usr.squashfs: $(NETBOOT_UNPACKED) $(BRIGADE_AGENT) $(RAMDISK_SOURCES)
	sh netboot/ramdisk/assemble.sh amd64 $(NETBOOT_CACHE) $(NETBOOT_TOOLS) $(BRIGADE_AGENT) $@

$(NETBOOT_CACHE_ARM64)/usr.squashfs: $(NETBOOT_UNPACKED) $(NETBOOT_UNPACKED_ARM64) $(BRIGADE_AGENT_ARM64) $(RAMDISK_SOURCES)
	sh netboot/ramdisk/assemble.sh arm64 $(NETBOOT_CACHE_ARM64) $(NETBOOT_TOOLS) $(BRIGADE_AGENT_ARM64) $@

out/boot/ramdisk/vmlinuz: $(NETBOOT_UNPACKED)
	@mkdir -p $(@D)
	cp $(NETBOOT_CACHE)/kernel/boot/vmlinuz-* $@.new
	chmod 644 $@.new
	cp $(NETBOOT_CACHE)/packages.txt $(@D)/packages.txt
	mv $@.new $@

# An arm64 kernel cannot unpack itself, so Debian's is 33 MB. iPXE unpacks what is packed by gzip: a third to keep and to send.
out/boot/ramdisk/arm64/vmlinuz: $(NETBOOT_UNPACKED_ARM64) $(NETBOOT_UNPACKED)
	@mkdir -p $(@D)
	$(NETBOOT_TOOLS)/bin/busybox gzip -9 <$$(echo $(NETBOOT_CACHE_ARM64)/kernel/boot/vmlinuz-*) >$@.new
	cp $(NETBOOT_CACHE_ARM64)/packages.txt $(@D)/packages.txt
	mv $@.new $@

out/boot/ramdisk/initramfs out/boot/ramdisk/arm64/initramfs:
	@mkdir -p $(@D)
	sh netboot/ramdisk/pack.sh $(<D) $(NETBOOT_TOOLS) $< $@

out/boot/ramdisk/initramfs: $(NETBOOT_CACHE)/usr.squashfs
out/boot/ramdisk/arm64/initramfs: $(NETBOOT_CACHE_ARM64)/usr.squashfs

# By itself as well: on a node that runs some Linux it starts the ramdisk past the firmware.
out/boot/ramdisk/brigade-agent: $(BRIGADE_AGENT)
out/boot/ramdisk/arm64/brigade-agent: $(BRIGADE_AGENT_ARM64)
out/boot/ramdisk/brigade-agent out/boot/ramdisk/arm64/brigade-agent:
	@mkdir -p $(@D)
	cp $< $@.new
	mv $@.new $@

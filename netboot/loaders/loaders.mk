# netboot/loaders: what firmware loads over the network before the ramdisk or the disk
LOADERS := undionly.kpxe ipxe.pxe snponly.efi ipxe.efi localboot.efi localboot.cfg shimx64.efi grubx64.efi
LOADERS_ARM64 := arm64/ipxe.efi arm64/localboot.efi
LOADER_FILES := $(addprefix out/boot/loaders/,$(LOADERS) $(LOADERS_ARM64))
LOADER_SOURCES := netboot/loaders/build.sh netboot/loaders/localboot.cfg netboot/ramdisk/common.sh

.PHONY: loaders loaders-check
loaders: $(LOADER_FILES)

loaders-check:
	shellcheck -x -P SCRIPTDIR:. netboot/loaders/build.sh

$(LOADERS:%=out/boot/loaders/%) &: $(NETBOOT_UNPACKED) $(LOADER_SOURCES)
	sh netboot/loaders/build.sh amd64 $(NETBOOT_CACHE) $(NETBOOT_TOOLS) out/boot/loaders
	@touch $(LOADERS:%=out/boot/loaders/%)

$(LOADERS_ARM64:%=out/boot/loaders/%) &: $(NETBOOT_UNPACKED) $(NETBOOT_UNPACKED_ARM64) $(LOADER_SOURCES)
	sh netboot/loaders/build.sh arm64 $(NETBOOT_CACHE_ARM64) $(NETBOOT_TOOLS) out/boot/loaders/arm64
	@touch $(LOADERS_ARM64:%=out/boot/loaders/%)

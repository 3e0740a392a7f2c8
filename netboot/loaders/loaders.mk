# netboot/loaders: what firmware loads over the network before the ramdisk or the disk
LOADERS := undionly.kpxe ipxe.pxe snponly.efi ipxe.efi localboot.efi localboot.cfg shimx64.efi grubx64.efi

.PHONY: loaders loaders-check
loaders: $(LOADERS:%=out/boot/loaders/%)

loaders-check:
	shellcheck -x -P SCRIPTDIR:. netboot/loaders/build.sh

$(LOADERS:%=out/boot/loaders/%) &: $(NETBOOT_UNPACKED) netboot/loaders/build.sh netboot/loaders/localboot.cfg
	sh netboot/loaders/build.sh $(NETBOOT_CACHE) out/boot/loaders
	@touch $(LOADERS:%=out/boot/loaders/%)

# netboot/ramdisk

# The single binary, and the bare Debian in which a test starts it.
BINARY_SOURCES := $(shell find src appliance/binary images/layouts -type f) package-lock.json package.json

.PHONY: build
build: out/brigade  ## out/brigade: everything in one file

out/brigade: $(BINARY_SOURCES) $(RAMDISK_FILES) $(LOADER_FILES) | node_modules/.package-lock.json
	node appliance/binary/build.ts $@

# A Debian with nothing but what debootstrap calls minimal.
out/cache/minbase.tar: | out/.packages
	@mkdir -p $(@D)
	rm -rf $@.tree
	debootstrap --variant=minbase bookworm $@.tree $(MIRROR) >$@.log || { cat $@.log; exit 1; }
	tar -C $@.tree --exclude=./var/cache/apt/archives/*.deb --exclude=./var/lib/apt/lists/* -cf $@.new .
	rm -rf $@.tree
	mv $@.new $@

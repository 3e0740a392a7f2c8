# Images that users can deploy: one folder a recipe, one archive each.
out/images/debian-12.tar.zst: $(shell find images/recipes/debian-12 -type f) | out/.packages
	@mkdir -p $(@D)
	images/recipes/debian-12/build.sh $@

.PHONY: images
images: out/images/debian-12.tar.zst

.PHONY: images-check
images-check:
	shellcheck -x images/recipes/*/*.sh
	shellcheck -e SC1091 images/recipes/*/files/etc/initramfs-tools/hooks/*

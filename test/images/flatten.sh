#!/bin/sh
# Lays layers over each other with GNU tar and rm alone: flatten.sh TARGET LAYER.tar... (root). What the import's own way
# is compared with, so it shares nothing with it. Names must hold no newline.
set -eu
target=$1
shift
mkdir -p "$target"
for layer; do
	names=$(mktemp)
	tar --quoting-style=literal -tf "$layer" >"$names"
	while IFS= read -r name; do
		folder=$(dirname "$name")
		case $(basename "$name") in
		.wh..wh..opq) find "$target/$folder" -mindepth 1 -delete 2>/dev/null || true ;;
		.wh.*) rm -rf "$target/$folder/$(basename "$name" | cut -c5-)" ;;
		esac
	done <"$names"
	while IFS= read -r name; do
		at=$target/$name
		case $name in
		*/) if [ -L "${at%/}" ] || { [ -e "$at" ] && [ ! -d "$at" ]; }; then rm "${at%/}"; fi ;;
		*) if [ -d "$at" ] && [ ! -L "$at" ]; then rm -r "$at"; fi ;;
		esac
	done <"$names"
	rm "$names"
	tar -x -p --numeric-owner --xattrs --xattrs-include='*' --exclude='.wh.*' -C "$target" -f "$layer"
done

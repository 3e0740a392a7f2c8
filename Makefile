# The only commands a person has to remember. CI runs the same ones.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODES ?= 4

.PHONY: help setup check types lint unit test test-long demo build bench fuzz lab-up lab-down clean
help:            ## this menu
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^[^:]*Makefile:|^[^:]*\.mk://; s/:[^#]*##/\t/' | expand -t 12

include netboot/agent/agent.mk
include netboot/ramdisk/ramdisk.mk
include netboot/loaders/loaders.mk
include images/images.mk
include test/lab/lab.mk
include appliance/appliance.mk

setup: node_modules/.package-lock.json out/.packages  ## install what the build and the tests need

node_modules/.package-lock.json: package.json package-lock.json
	npm ci
	@touch $@

out/.packages: appliance/packages.sh
	@mkdir -p out
	sh appliance/packages.sh
	@touch $@

types: node_modules/.package-lock.json
	tsc --project .

lint: node_modules/.package-lock.json
	biome ci .

unit: node_modules/.package-lock.json
	vitest run --project unit

check: types lint unit agent-check  ## types, lint and unit tests: before each commit, under a minute

clean:           ## remove everything that was built
	rm -rf out

# The only commands a person has to remember. CI runs the same ones.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODES ?= 4

.PHONY: help setup check types lint unit system lab test test-long demo build bench fuzz lab-up lab-down clean
help:            ## this menu
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^[^:]*Makefile:|^[^:]*\.mk://; s/:[^#]*##/\t/' | expand -t 12

include netboot/ramdisk/ramdisk.mk
include netboot/agent/agent.mk
include netboot/loaders/loaders.mk
include images/images.mk
include test/lab/lab.mk
include test/bench/bench.mk
include test/fuzz/fuzz.mk
include appliance/appliance.mk

setup: node_modules/.package-lock.json out/.packages  ## install what the build and the tests need

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --loglevel=error
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

check: types lint unit agent-check ramdisk-check loaders-check images-check  ## types, lint and unit tests: before each commit, under a minute

# What the tests of real machines need, built first so that no test waits for it.
BUILT := out/agent/brigade-agent $(RAMDISK_FILES) $(LOADER_FILES) \
	out/images/debian-12.tar.zst out/brigade out/cache/minbase.tar

test: setup      ## every check and test (root); about twenty minutes
	$(MAKE) --jobs=2 --output-sync=target $(BUILT)
	$(MAKE) check
	$(MAKE) --jobs=2 --output-sync=none system lab

# Beside each other: the machines of the lab take one core, the others mostly wait.
system lab:
	test/alone.sh vitest run --project $@

test-long: test  ## before a release: more on real machines, the demo with 1 and 8, minutes of fuzzing and of simulated broadcasts
	test/alone.sh vitest run --project long
	$(MAKE) demo NODES=1
	$(MAKE) demo NODES=8
	$(MAKE) fuzz FUZZ_SECONDS=120
	BRIGADE_SIMULATIONS=20000 vitest run --project unit --testTimeout 900000 test/broadcast/simulation test/broadcast/coordinator

bench: setup build out/images/debian-12.tar.zst  ## measure; test/bench/RESULTS.md keeps what was found (root)
	node test/bench/first_deployment.ts
	node --no-warnings test/bench/image_import.ts
	node --no-warnings test/bench/image_sharing.ts

clean:           ## remove everything that was built
	rm -rf out

# A million packets for each decoder of the appliance; the agent's parsers have theirs in netboot/agent.
FUZZ_PACKETS ?= 1000000
.PHONY: fuzz-decoders
fuzz-decoders: node_modules/.package-lock.json
	node --expose-gc --no-warnings test/fuzz/decoders.ts --packets $(FUZZ_PACKETS)

fuzz: fuzz-decoders

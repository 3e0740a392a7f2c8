# netboot/agent: the static C program on the nodes, its unit tests and its fuzzers
AGENT_CFLAGS := -std=c11 -D_GNU_SOURCE -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
	-Wstrict-prototypes -Werror -pthread
AGENT_HARDEN := -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2
AGENT_LIBS := -lssl -lcrypto -lzstd
AGENT_C := $(wildcard netboot/agent/*.c)
AGENT_O := $(AGENT_C:netboot/agent/%.c=out/agent/o/%.o)
AGENT_TEST_C := $(wildcard test/agent_c/*.c)
AGENT_TEST_O := $(patsubst netboot/agent/%.c,out/agent/check/%.o,$(filter-out %/main.c,$(AGENT_C))) \
	$(AGENT_TEST_C:test/agent_c/%.c=out/agent/check/t/%.o)
AGENT_SANITIZE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
AGENT_FUZZ := $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 30

# The linker warns that OpenSSL's name look-ups would need glibc's shared libraries; the agent only knows numeric addresses.
out/agent/brigade-agent: $(AGENT_O)
	set -o pipefail; $(CC) $(AGENT_CFLAGS) -static -o $@.debug $^ $(AGENT_LIBS) 2>&1 \
		| { grep -v -e 'statically linked applications requires' -e ': in function ' >&2 || true; }
	strip -o $@ $@.debug

# For arm64 nodes: Debian's cross compiler and C library, OpenSSL and zstd of the ramdisk's unpacked packages.
AGENT_CC_ARM64 := aarch64-linux-gnu-gcc
AGENT_LIBRARIES_ARM64 := $(NETBOOT_CACHE_ARM64)/tree/usr
AGENT_O_ARM64 := $(AGENT_O:out/agent/o/%=out/agent/arm64/o/%)

out/agent/arm64/brigade-agent: $(AGENT_O_ARM64)
	set -o pipefail; $(AGENT_CC_ARM64) $(AGENT_CFLAGS) -static -o $@.debug $^ \
		-L$(AGENT_LIBRARIES_ARM64)/lib/aarch64-linux-gnu $(AGENT_LIBS) 2>&1 \
		| { grep -v -e 'statically linked applications requires' -e ': in function ' >&2 || true; }
	aarch64-linux-gnu-strip -o $@ $@.debug

out/agent/arm64/o/%.o: netboot/agent/%.c netboot/agent/agent.mk $(NETBOOT_UNPACKED_ARM64)
	@mkdir -p $(@D)
	$(AGENT_CC_ARM64) $(AGENT_CFLAGS) $(AGENT_HARDEN) -isystem $(AGENT_LIBRARIES_ARM64)/include \
		-isystem $(AGENT_LIBRARIES_ARM64)/include/aarch64-linux-gnu -MMD -MP -c -o $@ $<

out/agent/o/%.o: netboot/agent/%.c netboot/agent/agent.mk | out/.packages
	@mkdir -p $(@D)
	$(CC) $(AGENT_CFLAGS) $(AGENT_HARDEN) -MMD -MP -c -o $@ $<

out/agent/check/%.o: netboot/agent/%.c netboot/agent/agent.mk | out/.packages
	@mkdir -p $(@D)
	$(CC) $(AGENT_CFLAGS) $(AGENT_SANITIZE) -MMD -MP -c -o $@ $<

out/agent/check/t/%.o: test/agent_c/%.c netboot/agent/agent.mk | out/.packages
	@mkdir -p $(@D)
	$(CC) $(AGENT_CFLAGS) $(AGENT_SANITIZE) -MMD -MP -c -o $@ $<

out/agent/agent_tests: $(AGENT_TEST_O)
	$(CC) $(AGENT_CFLAGS) $(AGENT_SANITIZE) -o $@ $^ $(AGENT_LIBS)

# The agent itself with sanitizers, for the tests of whole chains.
out/agent/brigade-agent.asan: $(filter-out out/agent/check/t/%,$(AGENT_TEST_O)) out/agent/check/main.o
	$(CC) $(AGENT_CFLAGS) $(AGENT_SANITIZE) -o $@ $^ $(AGENT_LIBS)

out/agent/fuzz/%: test/fuzz/%.c $(AGENT_C) $(wildcard netboot/agent/*.h) netboot/agent/agent.mk | out/.packages
	@mkdir -p $(@D)
	clang $(AGENT_CFLAGS) -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $< \
		$(addprefix netboot/agent/,frame.c data_frame.c manifest.c json.c json_scan.c utf8.c hex.c endpoint.c control.c run_request.c settings.c \
		tar_header.c tar_pax.c tar_sparse.c tar_walk.c \
		arena.c blob.c check.c data_port.c digest.c feed.c feed_compose.c feeder.c fetch_frame.c fetch_verdict.c log.c sockets.c store.c \
		store_fetch.c thread.c upstreams.c) -lcrypto

-include $(wildcard out/agent/o/*.d out/agent/arm64/o/*.d out/agent/check/*.d out/agent/check/t/*.d)

.PHONY: agent-check fuzz-agent
agent-check: out/agent/agent_tests out/agent/brigade-agent out/agent/arm64/brigade-agent
	out/agent/agent_tests
	for agent in out/agent/brigade-agent out/agent/arm64/brigade-agent; do test $$(stat -c %s $$agent) -le 8388608 || exit 1; done

fuzz-agent: $(addprefix out/agent/fuzz/,$(AGENT_FUZZ))
	@for target in $(AGENT_FUZZ); do \
		mkdir -p out/agent/fuzz/corpus/$$target; \
		dict=""; [ ! -e test/fuzz/$$target.dict ] || dict="-dict=test/fuzz/$$target.dict"; \
		echo "$$target: $(FUZZ_SECONDS) s"; \
		out/agent/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -max_len=16384 -artifact_prefix=out/agent/fuzz/$$target- \
			$$dict -print_final_stats=1 out/agent/fuzz/corpus/$$target >out/agent/fuzz/$$target.log 2>&1 \
			|| { tail -40 out/agent/fuzz/$$target.log; exit 1; }; \
		grep -e number_of_executed_units out/agent/fuzz/$$target.log; \
	done

fuzz: fuzz-agent  ## a million packets for each decoder, FUZZ_SECONDS=30 for each parser of the agent

# netboot/agent: the static C program on the nodes, its unit tests and its fuzzers
AGENT_CFLAGS := -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
	-Wstrict-prototypes -Werror -pthread
AGENT_LIBS := -lssl -lcrypto -lzstd
AGENT_C := $(wildcard netboot/agent/*.c)
AGENT_O := $(AGENT_C:netboot/agent/%.c=out/agent/o/%.o)

out/agent/brigade-agent: $(AGENT_O)
	$(CC) $(AGENT_CFLAGS) -static -o $@.debug $^ $(AGENT_LIBS)
	strip -o $@ $@.debug

out/agent/o/%.o: netboot/agent/%.c netboot/agent/agent.mk | out/.packages
	@mkdir -p $(@D)
	$(CC) $(AGENT_CFLAGS) -MMD -c -o $@ $<

-include $(AGENT_O:.o=.d)

.PHONY: agent-check
agent-check:

# Build, test, measure. `make help` lists the targets; everything made goes to build/.

BUILD    ?= build
CC       ?= gcc
SERVICES := ingest portal scheduler backup audit alert

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Wformat=2 -Werror
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPTIMIZE ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -I. -I$(BUILD)/contract
CFLAGS   += -std=gnu17 $(OPTIMIZE) $(WARNINGS) $(HARDEN) $(SANITIZE) -MMD -MP
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE)
LDLIBS   := -lzmq -lmicrohttpd -lgnutls -lhiredis -lsqlite3 -lssl -lcrypto -lsodium -ljansson -lseccomp -lqrencode -lz -lpthread -lm

objects   = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))

all: $(SERVICES:%=$(BUILD)/vedette-%) $(BUILD)/vedette $(BUILD)/vedette-agent $(BUILD)/vedette-agent-carry \
     $(BUILD)/vedette-fleet $(BUILD)/vedette-agent.tar.gz

# ---- The contract: one run of the generator makes all of it. ----
CONTRACT := $(BUILD)/contract/contract.h $(BUILD)/contract/contract.c $(BUILD)/contract/contract.ts \
            $(SERVICES:%=$(BUILD)/contract/serve_%.c)
$(CONTRACT) &: $(wildcard contract/*.def contract/generate/*.py)
	python3 contract/generate code $(BUILD)/contract
	@touch $(CONTRACT)

docs: ; python3 contract/generate docs docs/reference

# ---- Objects and the library. ----
$(BUILD)/%.o: %.c | $(CONTRACT)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(BUILD)/contract/%.o: $(BUILD)/contract/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/libvedette.a: $(call objects,lib/*.c) $(BUILD)/contract/contract.o
	@rm -f $@
	$(AR) rcs $@ $^

# ---- Services: all but main.o also as an archive, so that unit tests can link the modules. ----
define service
$(BUILD)/libvedette-$(1).a: $(filter-out %/main.o,$(call objects,services/$(1)/*.c)) $(BUILD)/contract/serve_$(1).o
	@rm -f $$@
	$(AR) rcs $$@ $$^
$(BUILD)/vedette-$(1): $(BUILD)/services/$(1)/main.o $(BUILD)/libvedette-$(1).a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $$@ $$^ $(LDLIBS)
# schema.sql is compiled in as a string.
$(BUILD)/services/$(1)/%.o: CPPFLAGS += -I$(BUILD)/services/$(1)
endef
$(foreach s,$(SERVICES),$(eval $(call service,$(s))))

# ---- Command line, agent, simulated fleet. ----
$(BUILD)/vedette: $(call objects,cli/*.c) $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcurl
# The resident agent links neither OpenSSL nor libcurl: that is its memory. agent/carry/ is executed when there is mail.
$(BUILD)/libvedette-agent.a: $(filter-out %/main.o,$(call objects,agent/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette-agent: $(BUILD)/agent/main.o $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson
$(BUILD)/vedette-agent-carry: $(call objects,agent/carry/*.c) $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson -lcrypto -lcurl
$(BUILD)/vedette-fleet: $(call objects,agent/fleet/*.c) $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson -lpthread

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all docs

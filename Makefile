# Build, test, measure. `make help` lists the targets; everything made goes to build/.

BUILD    ?= build
CC       ?= gcc
SERVICES := ingest portal scheduler backup audit alert
WEB      := $(foreach page,dist sign browse,$(addprefix build/web/$(page)/,index.html app.js style.css icon.svg))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Wformat=2 \
            -Wno-missing-field-initializers -Werror
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPTIMIZE ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -I. -I$(BUILD)/contract
CFLAGS   += -std=gnu17 $(OPTIMIZE) $(WARNINGS) $(HARDEN) $(SANITIZE) -MMD -MP
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE)
# What lib/target/ needs.
TARGET_LIBS := -lcurl -lssh2 -lexpat
LDLIBS   := -lzmq -lmicrohttpd -lgnutls -lhiredis -lsqlite3 -lssl -lcrypto -lsodium -ljansson -lseccomp -lqrencode $(TARGET_LIBS) -lrrd -lz -lzstd -lxxhash -lpthread -lm

AGENT_PROGRAMS := $(BUILD)/vedette-agent $(addprefix $(BUILD)/vedette-agent-,carry work look backup restore)

objects   = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))

all: $(SERVICES:%=$(BUILD)/vedette-%) $(BUILD)/vedette $(BUILD)/vedette-copy $(BUILD)/vedette-ship $(AGENT_PROGRAMS) \
     $(BUILD)/vedette-fleet $(BUILD)/vedette-agent.tar.gz $(WEB)

# The contract: one run of the generator makes all of it.
CONTRACT := $(BUILD)/contract/contract.h $(BUILD)/contract/contract.c $(BUILD)/contract/contract.ts \
            $(SERVICES:%=$(BUILD)/contract/serve_%.c)
$(CONTRACT) &: $(wildcard contract/*.def contract/generate/*.py)
	python3 contract/generate code $(BUILD)/contract
	@touch $(CONTRACT)

docs: ## the reference pages in docs/reference
	python3 contract/generate docs docs/reference

# Pages: the portal's UI, and those of `vedette sign` and `vedette backup browse`. They are the same in every build.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --ignore-scripts --no-progress
	@touch $@
$(WEB) &: $(BUILD)/contract/contract.ts $(shell find web/src -type f) $(wildcard web/*.json web/*.mjs) web/node_modules/.package-lock.json
	@mkdir -p build/web
	cp $(BUILD)/contract/contract.ts build/web/contract.ts
	cd web && node_modules/.bin/tsc --noEmit && node build.mjs ../build/web

# Objects and the library.
$(BUILD)/%.o: %.c | $(CONTRACT)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(BUILD)/contract/%.o: $(BUILD)/contract/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/libvedette.a: $(call objects,lib/*.c lib/*/*.c) $(BUILD)/contract/contract.o
	@rm -f $@
	$(AR) rcs $@ $^

# Services: all but main.o also as an archive, so that unit tests can link the modules.
define service
$(BUILD)/libvedette-$(1).a: $(filter-out %/main.o,$(call objects,services/$(1)/*.c services/$(1)/*/*.c)) $(BUILD)/contract/serve_$(1).o
	@rm -f $$@
	$(AR) rcs $$@ $$^
$(BUILD)/vedette-$(1): $(BUILD)/services/$(1)/main.o $(BUILD)/libvedette-$(1).a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $$@ $$^ $(LDLIBS)
# schema.sql is compiled in: `static const char schema[] =`, `#include "schema.inc"`, `;`. A room's is "<room>/schema.inc".
$(BUILD)/services/$(1)/%.o: CPPFLAGS += -I$(BUILD)/services/$(1)
$(call objects,services/$(1)/*.c services/$(1)/*/*.c): | $(patsubst %.sql,$(BUILD)/%.inc,$(wildcard services/$(1)/schema.sql services/$(1)/*/schema.sql))
endef
$(foreach s,$(SERVICES),$(eval $(call service,$(s))))
$(BUILD)/%/schema.inc: %/schema.sql
	@mkdir -p $(@D)
	sed 's/["\\]/\\&/g; s/.*/"&\\n"/' $< > $@

# A program embeds its pages: build/web/NAME, as NAME_assets.
EMBEDDED := $(addprefix $(BUILD)/web/,dist.c sign.c browse.c)
$(EMBEDDED): $(BUILD)/web/%.c: $(WEB) web/embed.py
	@mkdir -p $(@D)
	python3 web/embed.py build/web/$* $*_assets $@
$(EMBEDDED:.c=.o): %.o: %.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(BUILD)/libvedette-portal.a: $(BUILD)/web/dist.o
$(BUILD)/libvedette-cli.a: $(BUILD)/web/sign.o $(BUILD)/web/browse.o

# Command line, agent, simulated fleet.
$(BUILD)/libvedette-cli.a: $(filter-out %/main.o,$(call objects,cli/*.c cli/*/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette: $(BUILD)/cli/main.o $(BUILD)/libvedette-cli.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# The server's own backup: one copies beside each service, the other carries what is sealed.
$(BUILD)/libvedette-offsite.a: $(filter-out %/main.o,$(call objects,offsite/*/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette-copy $(BUILD)/vedette-ship: $(BUILD)/vedette-%: $(BUILD)/offsite/%/main.o $(BUILD)/libvedette-offsite.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# The resident agent links neither OpenSSL nor libcurl: that is its memory. agent/carry/ is executed when there is mail.
$(BUILD)/libvedette-agent.a: $(filter-out %/main.o,$(call objects,agent/*.c agent/watch/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette-agent: $(BUILD)/agent/main.o $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson
$(BUILD)/libvedette-agent-carry.a: $(filter-out %/main.o,$(call objects,agent/carry/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette-agent-carry: $(BUILD)/agent/carry/main.o $(BUILD)/libvedette-agent-carry.a $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson -lcrypto -lcurl
# agent/work/ is executed when there is a document to judge or something is due.
$(BUILD)/libvedette-agent-work.a: $(filter-out %/main.o,$(call objects,agent/work/*.c agent/work/*/*.c agent/update/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette-agent-work: $(BUILD)/agent/work/main.o $(BUILD)/libvedette-agent-work.a $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson -lcrypto -lz
# agent/backup/ is executed for one backup.
$(BUILD)/libvedette-agent-backup.a: $(filter-out %/main.o,$(call objects,agent/backup/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette-agent-backup: $(BUILD)/agent/backup/main.o $(BUILD)/libvedette-agent-backup.a $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson -lcrypto $(TARGET_LIBS) -lzstd -lxxhash -lsqlite3 -lseccomp -lpthread
# agent/restore/ is executed for one restore that people signed.
$(BUILD)/libvedette-agent-restore.a: $(filter-out %/main.o,$(call objects,agent/restore/*.c))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/vedette-agent-restore: $(BUILD)/agent/restore/main.o $(BUILD)/libvedette-agent-restore.a $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson -lcrypto $(TARGET_LIBS) -lzstd -lxxhash -lpthread
# Executed for a look at what may hang or needs OpenSSL: names, TLS, file systems of other machines.
$(BUILD)/vedette-agent-look: $(call objects,agent/watch/look/*.c) $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -ljansson -lssl -lcrypto
# What a new machine fetches. The same bytes from the same build, whoever packs it when: the portal shows the hash.
PACKED := install README policy.conf targets.conf vedette-agent.service vedette-agent-work.socket vedette-agent-work@.service \
          vedette-agent-guard.service
$(BUILD)/vedette-agent.tar.gz: $(AGENT_PROGRAMS) $(PACKED:%=agent/package/%)
	@rm -rf $(BUILD)/package && mkdir -p $(BUILD)/package/vedette-agent
	install -m 0755 -s $(AGENT_PROGRAMS) $(BUILD)/package/vedette-agent
	install -m 0755 agent/package/install $(BUILD)/package/vedette-agent
	install -m 0644 $(filter-out %/install,$(PACKED:%=agent/package/%)) $(BUILD)/package/vedette-agent
	$(BUILD)/vedette-agent --version > $(BUILD)/package/vedette-agent/VERSION
	chmod 0644 $(BUILD)/package/vedette-agent/VERSION
	tar -C $(BUILD)/package --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=ustar -cf - vedette-agent | gzip -9n > $@
$(BUILD)/vedette-fleet: $(call objects,agent/fleet/*.c) $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -ljansson -lpthread

# Tests. tests/unit/<area>/<module>_test.c links lib, and the archive of its area.
area      = $(word 3,$(subst /, ,$(1)))
archive   = $(if $(filter $(call area,$(1)),agent),$(addprefix $(BUILD)/libvedette-agent-,carry.a work.a backup.a)) \
            $(if $(filter $(call area,$(1)),$(SERVICES) agent cli offsite),$(BUILD)/libvedette-$(call area,$(1)).a) $(BUILD)/libvedette.a
UNIT_C   := $(wildcard tests/unit/*/*_test.c)
UNIT     := $(UNIT_C:%.c=$(BUILD)/%)
define unit
$(BUILD)/$(1:%.c=%): $(BUILD)/$(1:%.c=%.o) $(call archive,$(1))
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS) -lcmocka
endef
$(foreach c,$(UNIT_C),$(eval $(call unit,$(c))))

# Fuzz harnesses, tests/fuzz/<area>/<name>_fuzz.c, are built apart: everything under clang's sanitizers.
FUZZ_C   := $(wildcard tests/fuzz/*/*_fuzz.c)
FUZZ     := $(FUZZ_C:%.c=$(BUILD)/%)
define fuzz
$(BUILD)/$(1:%.c=%): $(BUILD)/$(1:%.c=%.o) $(call archive,$(1))
	$$(CC) $$(LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ $$(LDLIBS)
endef
$(foreach c,$(FUZZ_C),$(eval $(call fuzz,$(c))))
fuzzers:
	$(MAKE) BUILD=build/fuzz CC=clang-14 OPTIMIZE="-O1 -g" HARDEN=-fPIE \
	    SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fsanitize=fuzzer-no-link" $(FUZZ_C:%.c=build/fuzz/%)

# A benchmark, tests/bench/<area>/<name>_bench.c, prints rows of bench.tsv; tests/bench/rows lists them all.
BENCH_C  := $(wildcard tests/bench/*/*_bench.c)
BENCH    := $(BENCH_C:%.c=$(BUILD)/%)
define bench
$(BUILD)/$(1:%.c=%): $(BUILD)/$(1:%.c=%.o) $(call archive,$(1))
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach c,$(BENCH_C),$(eval $(call bench,$(c))))

# Programs that tests run beside the real ones.
TOOLS    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tools/*.c))
$(TOOLS): %: %.o $(BUILD)/libvedette-agent.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/tests/tools/backup_floor: $(BUILD)/agent/backup/sort.o
# Preloaded, they make a disk fail, and memory run out.
TOOLS    += $(addprefix $(BUILD)/tests/faults/,io_faults.so alloc_faults.so)
$(BUILD)/tests/faults/%.o: CFLAGS += -fPIC
$(BUILD)/tests/faults/io_faults.so: $(call objects,tests/faults/io_faults.c tests/faults/unsynced.c)
$(BUILD)/tests/faults/alloc_faults.so: $(call objects,tests/faults/alloc_faults.c)
$(BUILD)/tests/faults/%.so:
	$(CC) -shared $(SANITIZE) -o $@ $^ -lpthread
# Of retention: histories of repositories, and 400 days of a hundred machines. tests/faults/retention.py runs them.
TOOLS    += $(addprefix $(BUILD)/tests/prune/,histories days)
$(BUILD)/tests/prune/%: $(BUILD)/tests/prune/%.o $(BUILD)/libvedette-cli.a $(BUILD)/libvedette.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
.SECONDARY: $(addprefix $(BUILD)/tests/prune/,histories.o days.o) # mutants are linked with it
# With Debian's Go libraries and nothing from the network.
TOOLS    += $(BUILD)/tests/tools/tlog_check
$(BUILD)/tests/tools/tlog_check: $(wildcard tests/tools/tlog_check/*.go)
	GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$(abspath build/go) go build -o $@ $^

INTEGRATION := $(wildcard tests/integration/test_*.py)
E2E         := $(wildcard tests/e2e/*_test.mjs tests/e2e/test_*.py)
FUZZERS     := $(FUZZ_C:%.c=build/fuzz/%)

check: all fuzzers $(UNIT) $(TOOLS) ## everything below: the last line is `N passed, N failed`
	tests/run unit $(UNIT) integration $(INTEGRATION) e2e $(E2E) fuzz $(FUZZERS)
unit: $(UNIT) ## tests of single modules
	tests/run unit $(UNIT)
integration: all $(TOOLS) ## tests with the real processes
	tests/run integration $(INTEGRATION)
e2e: all $(TOOLS) ## tests with a real browser
	tests/run e2e $(E2E)
fuzz: fuzzers ## each fuzzer for FUZZ_SECONDS (10)
	tests/run fuzz $(FUZZERS)
faults: all $(TOOLS) ## 1,000 faults of a subscriber, 1,000 of audit's disk, 500 on the way of tasks, 300 cuts of each sort of target, all of a backup's and 1,000 moments, 500 trees there and back, 100,000 bits, every allocation, a million histories, 20 servers that were lost: the long form of what the tests do
	tests/faults/reconnects.py
	tests/faults/disk.py
	tests/faults/tasks.py
	tests/faults/targets.py
	tests/faults/ceph.py
	tests/faults/backup.py
	tests/faults/roundtrips.py
	tests/faults/memory.py
	tests/faults/damage.py
	tests/faults/beside.py
	tests/faults/hostile.py
	tests/faults/retention.py
	tests/faults/offsite.py
drill: all ## an awkward home and a live database to SFTP and S3, and back on another machine three ways; all of it installed under a systemd of its own; needs root
	tests/drill/backup.py
	tests/drill/installed
san: ## unit and integration tests under the address and undefined-behaviour sanitizers
	mkdir -p build/san
	$(CC) -c tests/sanitizers.c -o build/san/sanitizers.o
	LDFLAGS=$(CURDIR)/build/san/sanitizers.o $(MAKE) BUILD=build/san OPTIMIZE="-O1 -g" HARDEN=-fPIE \
	    SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" san-here
machine: all ## boot the units that are shipped, the server's and an agent's, under a systemd of their own; needs root and Debian's mirror
	tests/systemd/run
san-here: all $(UNIT) $(TOOLS)
	PATIENCE=4 VEDETTE_BUILD=$(BUILD) tests/run unit $(UNIT) integration $(INTEGRATION)
bench: all $(BENCH) $(addprefix $(BUILD)/tests/tools/,bus_peer backup_data backup_floor) ## measure everything into build/bench.tsv; ROW=NAME… only these rows
	tests/bench/run $(ROW)
PREFIX ?= /usr
UNITS  := $(wildcard deploy/systemd/*.service deploy/systemd/*.timer) deploy/systemd/vedette.target
install: all ## the server's programs and systemd units, under DESTDIR and PREFIX (/usr)
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(PREFIX)/lib/vedette /lib/systemd/system /usr/lib/sysusers.d /usr/lib/sysctl.d)
	install -s $(SERVICES:%=$(BUILD)/vedette-%) $(addprefix $(BUILD)/,vedette vedette-copy vedette-ship) $(DESTDIR)$(PREFIX)/bin
	install -m 0644 $(BUILD)/vedette-agent.tar.gz $(DESTDIR)$(PREFIX)/lib/vedette
	install -m 0644 $(UNITS) $(DESTDIR)/lib/systemd/system
	sed -i 's|/usr/bin/vedette|$(PREFIX)/bin/vedette|; s|/usr/lib/vedette|$(PREFIX)/lib/vedette|' \
	    $(addprefix $(DESTDIR)/lib/systemd/system/,$(notdir $(UNITS)))
	install -m 0644 deploy/systemd/vedette.sysusers $(DESTDIR)/usr/lib/sysusers.d/vedette.conf
	install -m 0644 deploy/systemd/vedette.sysctl $(DESTDIR)/usr/lib/sysctl.d/vedette.conf
format: ## lay out the C sources
	clang-format -i $(shell git ls-files '*.c' '*.h')
help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' Makefile | expand -t 14

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
.PHONY: all docs fuzzers check unit integration e2e fuzz faults drill machine san san-here bench install format help

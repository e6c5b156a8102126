# DiffKeeper for OCI. `make help` lists what there is.

SHELL := /bin/bash
VERSION := $(shell sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)

# Chosen when used, so that `deps` can install them first. BUILD_JDK=… and RUNTIME_JDK=… override.
BUILD_JDK = $(shell .ci/jdk 25 21 17)
RUNTIME_JDK = $(shell .ci/jdk --jlink 17 25 21)
STATIC_CC = $(shell command -v musl-gcc || echo gcc)
MVN = env BUILD_JDK='$(BUILD_JDK)' .ci/mvn

comma := ,
C_FLAGS := -std=gnu11 -Wall -Wextra -Werror -DDIFFKEEPER_VERSION='"$(VERSION)"'
SANITIZERS := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
LAUNCHER := target/dist/libexec/oci/hooks.d/diffkeeper-hook
LAUNCHER_C := hook/src/main/c/diffkeeper-hook.c
RUNTIME := target/dist/bin/diffkeeper-runtime
SIGNALS := target/dist/lib/diffkeeper/diffkeeper-signals
SIGNALS_C := hook/src/main/c/diffkeeper-signals.c
RUNTIME_C := shim/src/main/c/diffkeeper-runtime.c
BLAKE3 := target/dist/lib/diffkeeper/native/libdiffkeeper-blake3.so
BLAKE3_C := hook/src/main/c/diffkeeper-blake3.c
# The authors' C code, which distributions have with their Rust code.
BLAKE3_FROM = $(shell ls -d /usr/share/cargo/registry/blake3-*/c 2> /dev/null | tail -n 1)
BLAKE3_PARTS_x86_64 := sse2_x86-64_unix.S sse41_x86-64_unix.S avx2_x86-64_unix.S avx512_x86-64_unix.S
BLAKE3_PARTS_aarch64 := neon.c
BLAKE3_PARTS := portable.c dispatch.c $(BLAKE3_PARTS_$(shell uname -m))
SHA256 := target/dist/lib/diffkeeper/native/libdiffkeeper-sha256.so
SHA256_C := hook/src/main/c/diffkeeper-sha256.c
PLANES := target/dist/lib/diffkeeper/native/libdiffkeeper-planes.so
PLANES_C := hook/src/main/c/diffkeeper-planes.c
DELTAS := target/dist/lib/diffkeeper/native/libdiffkeeper-deltas.so
DELTAS_C := hook/src/main/c/diffkeeper-deltas.c
PRINT := target/dist/lib/diffkeeper/native/libdiffkeeper-print.so
PRINT_C := hook/src/main/c/diffkeeper-print.c
SHARED_FLAGS := -DNDEBUG -fPIC -shared -s -fvisibility=hidden -Wl,-z,relro,-z,now,-z,noexecstack
C_HEADERS := hook/src/main/c/common.h shim/src/main/c/inject.h
C_INCLUDES := -Ihook/src/main/c -Ishim/src/main/c
# They keep programs small: no unwind tables, no page-sized gaps between the sections.
STATIC_FLAGS := -Os -static -s -ffunction-sections -fno-asynchronous-unwind-tables \
  -Wl,--gc-sections,-z,noseparate-code,-z,relro,-z,now
# What glibc adds by itself is ten times as much.
STATIC_BYTES_MAX = $(if $(findstring musl,$(STATIC_CC)),60000,1000000)
TEST_PROGRAMS := $(addprefix target/test/,diffkeeper-hook diffkeeper-runtime launcher-fuzz inject-fuzz \
  deltas-fuzz glibc/diffkeeper-hook)
FUZZ_RUNS := 200000
FUZZ_FLAGS = -verbosity=0 -close_fd_mask=2 -runs=$(FUZZ_RUNS)

.PHONY: help deps build sbom install packages package-files test-packages test-runtimes test demo bench bench-replay bench-capture \
  bench-peers bench-growth bench-containers bench-phases bench-pieces test-kernels fuzz bench-start bench-runtime bench-store test-crash format clean
.DEFAULT_GOAL := help

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

deps: ## install what the other targets need
	@.ci/deps

build: deps ## build target/dist, which runs in place and mirrors /usr
	@$(MAKE) --no-print-directory $(LAUNCHER) $(RUNTIME) $(SIGNALS) $(BLAKE3) $(SHA256) $(PLANES) $(DELTAS) $(PRINT)
	@echo "build: Java on $(BUILD_JDK)"
	@$(MVN) -q package -DskipTests dependency:copy-dependencies -DincludeScope=runtime \
	  -DexcludeGroupIds=io.diffkeeper
	@BUILD_JDK='$(BUILD_JDK)' RUNTIME_JDK='$(RUNTIME_JDK)' .ci/dist

sbom: build ## list all that is shipped in target/diffkeeper.cdx.json
	@BLAKE3_FROM='$(BLAKE3_FROM)' .ci/sbom

install: ## put what was built into DESTDIR/usr and DESTDIR/etc
	@.ci/install '$(DESTDIR)'

packages: package-files ## build the deb and the rpm, into target/packages, and look for flaws
	@.ci/deps lint
	@.ci/lint

package-files: sbom
	@.ci/deps packages
	@.ci/packages

test-packages: packages ## install, upgrade and remove the packages on a machine of its own; SUITE=trixie
	@.ci/deps test-packages
	@.ci/test-packages

test-runtimes: build ## make the private runtime and its archives from each other JDK, too, and start containers on it
	@BUILD_JDK='$(BUILD_JDK)' RUNTIME_JDK='$(RUNTIME_JDK)' .ci/test-runtimes

# Containers need root: whoever is not gets there by sudo, and keeps the files that were built.
ifneq ($(shell id -u),0)
test demo:
	@echo "$@: needs root, using sudo"
	sudo $(MAKE) --no-print-directory $@; code=$$?; \
	  sudo chown -R "$$(id -u):$$(id -g)" target {bpf,hook,shim}/target; exit $$code
else
test: package-files $(TEST_PROGRAMS) ## run everything that must pass
	@mkdir -p target/test/corpus target/test/inject-corpus target/test/deltas-corpus
	target/test/launcher-fuzz $(FUZZ_FLAGS) -max_len=2048 target/test/corpus hook/src/test/corpus/launcher
	target/test/inject-fuzz $(FUZZ_FLAGS) -max_len=4096 target/test/inject-corpus shim/src/test/corpus/inject
	target/test/deltas-fuzz $(FUZZ_FLAGS) -max_len=12000 target/test/deltas-corpus
	@.ci/containerd
	@echo 'test: unit tests on what was built, system tests on the package'
	.ci/installed .ci/podman-env $(MVN) verify
	@.ci/skipped
	@echo "test: once more on the Java that the private runtime is made from"
	$(MVN) test -Djvm='$(RUNTIME_JDK)/bin/java' -Djvm.native=

demo: build ## kill a container that writes SQLite transactions, and lose none of them
	@.ci/podman-env .ci/demo
endif

fuzz: deps ## look for input that breaks a decoder, FUZZ_SECONDS=60 for each
	@FUZZ_SECONDS='$(or $(FUZZ_SECONDS),60)' MVN='$(MVN)' .ci/fuzz

test-crash: deps ## kill a store's processes and repairs KILLS=250 times, fail each call, cut the power (CUTS=2000), repair (REPAIRS=1000)
	$(MVN) test -pl bpf,hook -Dtest=ProcessesTest,FailingCallsTest,PowerLossTest,NewStorePowerLossTest,RepairTest,KilledRepairTest \
	  -Dsurefire.failIfNoSpecifiedTests=false -Ddiffkeeper.kills=$(or $(KILLS),250) \
	  -Ddiffkeeper.calls=1000 -Ddiffkeeper.cuts=$(or $(CUTS),2000) -Ddiffkeeper.repairs=$(or $(REPAIRS),1000)

bench: build ## measure everything, and make docs/benchmarks.md of it; twice compares; PARTS="store growth"
	@.ci/deps bench
	@$(MVN) -q test-compile
	@.ci/bench $(subst $(comma), ,$(PARTS))

bench-peers: build ## what is left of a container's files after a kill, by us and by others
	@.ci/deps bench
	@.ci/bench-peers

bench-containers: build ## what keepers take as containers become more
	@.ci/bench-containers

bench-growth bench-phases bench-pieces: build ## how costs grow; what dominates them; what pieces take
	@$(MVN) -q test-compile
	@.ci/$@

bench-replay: build ## measure replays against cp -a
	@$(MVN) -q test-compile
	@.ci/bench-replay

bench-capture: build ## what capture costs whoever writes; ROUNDS=11
	@$(MVN) -q test-compile
	@.ci/bench-capture $(or $(ROUNDS),11)

bench-start: build ## what we add to the start and the end of a container; ROUNDS=30 SOAK=500
	@.ci/bench-start --rounds $(or $(ROUNDS),30) --soak $(or $(SOAK),500)

bench-runtime: build ## what the runtime wrapper adds to each command; ROUNDS=300
	@.ci/bench-runtime $(or $(ROUNDS),300)

bench-store: build ## measure the store against restic, borg, casync, zstd, xdelta3; WORKLOADS="A0 B small steady alone"
	@.ci/deps bench
	@$(MVN) -q test-compile
	@.ci/bench-store $(subst $(comma), ,$(WORKLOADS))

test-kernels: build ## boot older kernels under qemu, with every event source there; KERNELS="5.10 6.1 6.12"
	@.ci/test-kernels

format: deps ## format the Java sources
	@$(MVN) -q spotless:apply

clean: ## remove what was built
	rm -rf target {bpf,hook,shim}/target

$(LAUNCHER): $(LAUNCHER_C)
$(RUNTIME): $(RUNTIME_C)
$(SIGNALS): $(SIGNALS_C)
$(LAUNCHER) $(RUNTIME) $(SIGNALS): $(C_HEADERS) pom.xml Makefile
	@mkdir -p $(@D)
	@echo "build: $(@F) with $(STATIC_CC)"
	@$(STATIC_CC) $(C_FLAGS) $(STATIC_FLAGS) $(C_INCLUDES) $(filter %.c,$^) -o $@
	@[ $$(stat -c %s $@) -lt $(STATIC_BYTES_MAX) ] || { rm $@; echo "$(@F): too large"; exit 1; }

$(BLAKE3): $(BLAKE3_C) pom.xml Makefile
	@[ -n '$(BLAKE3_FROM)' ] || { echo 'build: no C sources of BLAKE3: make deps' >&2; exit 1; }
	@mkdir -p $(@D)
	@echo "build: $(@F) from $(BLAKE3_FROM)"
	@gcc $(C_FLAGS) -O3 $(SHARED_FLAGS) \
	  -isystem $(BLAKE3_FROM) $(BLAKE3_C) $(BLAKE3_FROM)/blake3.c \
	  $(addprefix $(BLAKE3_FROM)/blake3_,$(BLAKE3_PARTS)) -o $@
	@chmod 644 $@

$(SHA256): $(SHA256_C)
$(PLANES): $(PLANES_C)
$(DELTAS): $(DELTAS_C)
$(PRINT): $(PRINT_C)
$(SHA256) $(PLANES) $(DELTAS) $(PRINT): pom.xml Makefile
	@mkdir -p $(@D)
	@echo "build: $(@F)"
	@gcc $(C_FLAGS) -O3 $(SHARED_FLAGS) $(filter %.c,$^) -o $@
	@chmod 644 $@

# Those that tell of every wrong access, for the tests; and their parsers, fuzzed.
target/test/diffkeeper-hook: $(LAUNCHER_C)
target/test/diffkeeper-runtime: $(RUNTIME_C)
target/test/diffkeeper-hook target/test/diffkeeper-runtime: $(C_HEADERS) Makefile
	@mkdir -p $(@D)
	@gcc $(C_FLAGS) $(SANITIZERS) $(C_INCLUDES) $(filter %.c,$^) -o $@

# As on hosts without musl.
target/test/glibc/diffkeeper-hook: $(LAUNCHER_C) $(C_HEADERS) Makefile
	@mkdir -p $(@D)
	@gcc $(C_FLAGS) $(STATIC_FLAGS) $(C_INCLUDES) $(filter %.c,$^) -o $@

target/test/launcher-fuzz: hook/src/test/c/launcher_fuzz.c $(LAUNCHER_C)
target/test/inject-fuzz: shim/src/test/c/inject_fuzz.c
target/test/deltas-fuzz: hook/src/test/c/deltas_fuzz.c $(DELTAS_C)
target/test/launcher-fuzz target/test/inject-fuzz target/test/deltas-fuzz: $(C_HEADERS) Makefile
	@mkdir -p $(@D)
	@clang $(C_FLAGS) $(SANITIZERS) -fsanitize=fuzzer $(C_INCLUDES) $(filter %_fuzz.c,$^) -o $@

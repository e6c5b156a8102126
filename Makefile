# DiffKeeper for OCI. `make help` lists what there is.

SHELL := /bin/bash
VERSION := $(shell sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)

# Chosen when used, so that `deps` can install them first. BUILD_JDK=… and RUNTIME_JDK=… override.
BUILD_JDK = $(shell .ci/jdk 25 21 17)
RUNTIME_JDK = $(shell .ci/jdk --jlink 17 25 21)
STATIC_CC = $(shell command -v musl-gcc || echo gcc)
MVN = env BUILD_JDK='$(BUILD_JDK)' .ci/mvn

comma := ,
C_FLAGS := -std=gnu11 -Wall -Wextra -Werror
LAUNCHER := target/dist/libexec/oci/hooks.d/diffkeeper-hook
LAUNCHER_C := $(wildcard hook/src/main/c/*.c)
LAUNCHER_H := $(wildcard hook/src/main/c/*.h)

.PHONY: help deps build test demo bench-replay bench-start bench-store test-crash format clean
.DEFAULT_GOAL := help

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

deps: ## install what the other targets need
	@.ci/deps

build: deps ## build target/dist, which runs in place and mirrors /usr
	@$(MAKE) --no-print-directory $(LAUNCHER)
	@echo "build: Java on $(BUILD_JDK)"
	@$(MVN) -q package -DskipTests dependency:copy-dependencies -DincludeScope=runtime \
	  -DexcludeGroupIds=io.diffkeeper -DoutputDirectory='$(CURDIR)/target/jars'
	@BUILD_JDK='$(BUILD_JDK)' RUNTIME_JDK='$(RUNTIME_JDK)' .ci/dist

# Containers need root: whoever is not gets there by sudo, and keeps the files that were built.
ifneq ($(shell id -u),0)
test demo:
	@echo "$@: needs root, using sudo"
	sudo $(MAKE) --no-print-directory $@; code=$$?; \
	  sudo chown -R "$$(id -u):$$(id -g)" target {bpf,hook,shim}/target; exit $$code
else
test: build target/test/state_id ## run everything that must pass
	target/test/state_id
	.ci/podman-env $(MVN) verify
	@.ci/skipped
	@echo "test: once more on the Java that the private runtime is made from"
	$(MVN) test -Djvm='$(RUNTIME_JDK)/bin/java' -Djvm.native=

demo: build ## kill a container that writes SQLite transactions, and lose none of them
	@.ci/podman-env .ci/demo
endif

test-crash: deps ## kill a store's processes KILLS=250 times, and have each of their system calls fail
	$(MVN) test -pl bpf,hook -Dtest=ProcessesTest,FailingCallsTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Ddiffkeeper.kills=$(or $(KILLS),250) -Ddiffkeeper.calls=1000

bench-replay: build ## measure replays against cp -a
	@$(MVN) -q test-compile
	@.ci/bench-replay

bench-start: build ## what we add to the start and the end of a container; ROUNDS=30 SOAK=500
	@.ci/podman-env .ci/bench-start --rounds $(or $(ROUNDS),30) --soak $(or $(SOAK),500)

bench-store: build ## measure the store against restic, borg, casync, zstd, xdelta3; WORKLOADS="A0 small"
	@.ci/deps bench-store
	@$(MVN) -q test-compile
	@.ci/bench-store $(subst $(comma), ,$(WORKLOADS))

format: deps ## format the Java sources
	@$(MVN) -q spotless:apply

clean: ## remove what was built
	rm -rf target {bpf,hook,shim}/target

# The flags keep it small: no unwind tables, no page-sized gaps between the sections.
$(LAUNCHER): $(LAUNCHER_C) $(LAUNCHER_H) pom.xml Makefile
	@mkdir -p $(@D)
	@echo "build: launcher with $(STATIC_CC)"
	@$(STATIC_CC) $(C_FLAGS) -Os -static -s -ffunction-sections -fno-asynchronous-unwind-tables \
	  -Wl,--gc-sections,-z,noseparate-code,-z,relro,-z,now \
	  -DDIFFKEEPER_VERSION='"$(VERSION)"' $(LAUNCHER_C) -o $@

target/test/state_id: hook/src/test/c/state_id_test.c hook/src/main/c/state_id.c $(LAUNCHER_H)
	@mkdir -p $(@D)
	@gcc $(C_FLAGS) -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	  -Ihook/src/main/c $(filter %.c,$^) -o $@

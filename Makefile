# Builds, runs and tests Concord on Debian and Raspberry Pi OS. Needs Swift; installs the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Further arguments of the program that `run`, `test-e2e` or `bench` starts.
ARGS ?=
# How long `fuzz` stays with each parser.
FUZZ_SECONDS ?= 20

LIBRARIES := libmbedtls-dev libsqlite3-dev libutf8proc-dev
TEST_TOOLS := sqlite3 curl libfaketime python3-venv strace valgrind openssl chromium \
    firefox-esr libnss3-tools testssl.sh $(if $(shell command -v node),,nodejs)
FUZZED := JSON HTTP WebSocket ClientMessage Pictures Server
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest Tests/EndToEnd Tests/Adversity
# Many tests wait more than they work; those of one file share its server.
AT_ONCE := --numprocesses 3 --dist loadfile
SWIFT_TEST := swift test --disable-swift-testing --parallel

include Board/board.mk

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run build
run: build ## Build, then serve from the folder data (ARGS="…" adds arguments)
	build/concord serve --data data $(ARGS)

build: build/concord ## Build the static binary build/concord

# Loaded at another address at each start, with control-flow protection; for boards, Board/targets
# says it. glibc cannot start a static program that names a library path, hence no local rpath.
STATIC_PIE := --disable-local-rpath -Xswiftc -Xclang-linker -Xswiftc -static-pie
HARDENED_x86_64 := $(STATIC_PIE) -Xcc -fcf-protection=full
HARDENED_aarch64 := $(STATIC_PIE) -Xcc -mbranch-protection=standard
BUILD_RELEASE := swift build -c release $(HARDENED_$(shell uname --machine))

.PHONY: build/concord build/concord-echo
build/concord build/concord-echo: deps
	$(BUILD_RELEASE) --product $(@F)
	@install -D .build/release/$(@F) $@

.PHONY: test test-unit test-mbedtls test-asan test-e2e test-slow test-kill test-powercut test-autobahn
test: test-deps test-unit test-mbedtls test-asan test-e2e test-slow test-autobahn fuzz test-boards-ci ## Run all tests
	@if .ci/loop-mounts-work; then $(MAKE) --no-print-directory test-powercut; \
	else echo "Power cuts are not tested: nothing can be loop-mounted here."; fi
	@if .ci/systemd-starts; then $(MAKE) --no-print-directory test-packages; \
	else echo "Packages are not installed: no systemd can be started here."; fi

test-unit: deps test-tools ## Run the modules' tests
	$(SWIFT_TEST)
	CONCORD_TESTS_OVER_TLS=1 $(SWIFT_TEST) --skip-build --filter \
	    'ClosingTests|ExhaustionTests|SlowReaderTests|SwarmTests|TimeoutTests|WebSocketTests'

# The next Debian's version, and the options that have Swift build with it.
MBEDTLS_3 := $(CURDIR)/.build/mbedtls-3
WITH_MBEDTLS_3 = --scratch-path .build/$(1) -Xcc -I$(MBEDTLS_3)/usr/include \
    -Xlinker -L$(MBEDTLS_3)/usr/lib

test-mbedtls: deps test-tools ## Hold TLS to its memory with mbedTLS 2.28 and 3.6
	Tests/TLSMemory/run.sh
	@.ci/unpack-mbedtls-3 $(MBEDTLS_3)
	Tests/TLSMemory/run.sh $(MBEDTLS_3)

.PHONY: test-mbedtls-3-e2e
test-mbedtls-3-e2e: test-deps ## Try a server with mbedTLS 3.6, which has TLS 1.3
	@.ci/unpack-mbedtls-3 $(MBEDTLS_3)
	$(BUILD_RELEASE) --product concord $(call WITH_MBEDTLS_3,with-mbedtls-3)
	CONCORD_BINARY=.build/with-mbedtls-3/release/concord $(PYTEST) -k "tls or TLS" $(ARGS)

test-asan: deps test-tools ## Run the modules' tests under AddressSanitizer, with mbedTLS 3.6
	@.ci/unpack-mbedtls-3 $(MBEDTLS_3)
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT_TEST) --sanitize=address $(call WITH_MBEDTLS_3,asan)

test-e2e: build/concord test-deps ## Run the tests against the server, but for the slow ones
	swift build --product concord
	$(PYTEST) $(AT_ONCE) -m "not alone and not slow and not powercut and not autobahn" $(ARGS)
	$(PYTEST) -m "alone and not slow" $(ARGS) || (( $$? == 5 )) # None of these was asked for.

.PHONY: test-web-late
test-web-late: build/concord test-deps ## Run the page's tests with all from the server late
	CONCORD_TESTS_LATE=1 $(PYTEST) $(AT_ONCE) -k "test_web_ and not firefox" -m "not alone" $(ARGS)

test-slow: build/concord test-deps ## Run the slow ones: slow peers, kills, a busy minute
	$(PYTEST) $(AT_ONCE) -m "slow and not powercut and not autobahn" $(ARGS)

test-kill: build/concord test-deps ## Kill the server at any moment: nothing acknowledged is lost
	$(PYTEST) -k kill

test-powercut: build/concord test-deps ## Cut the power at any moment, on a loop-mounted disk (root)
	$(PYTEST) -m powercut

test-autobahn: build/concord-echo test-deps ## Run the WebSocket conformance cases
	$(PYTEST) -m autobahn

.PHONY: screenshots
screenshots: build/concord test-deps ## Take pictures of the web client, into build/screenshots
	@.ci/install-packages fonts-dejavu-core fonts-noto-color-emoji
	cd Tests/EndToEnd && ../../$(PYTHON) screenshots.py ../../build/screenshots $(ARGS)

.PHONY: fuzz bench profiles footprint
fuzz: deps ## Feed each parser mutated input for FUZZ_SECONDS (20)
	@printf '%s\n' $(FUZZED) | xargs --max-procs=$$(nproc) -I{} Tests/Fuzz/run.sh {} $(FUZZ_SECONDS)

bench: build/concord test-deps ## Measure what the server costs (ARGS="…" adds arguments)
	$(PYTHON) Tests/Bench/run.py $(ARGS)

footprint: build/concord test-deps ## Measure and keep what each profile takes, in the README too
	$(PYTHON) Tests/Footprint/publish.py $(ARGS)

profiles: build/concord ## Write Board/Profiles.md: the memory plan of each profile
	Board/write-profiles > Board/Profiles.md.new && mv Board/Profiles.md.new Board/Profiles.md

.PHONY: deps test-deps test-tools clean
deps: build/web/Files.inc build/descriptions/asyncapi.json ## Install the libraries that the build needs
	@command -v swift >/dev/null || { echo "Install Swift 6.3: https://swift.org/install"; exit 1; }
	@.ci/install-packages $(LIBRARIES)

# The web client, as the program carries it.
build/web/Files.inc: Sources/WebClient/pack $(wildcard Sources/WebClient/page Sources/WebClient/page/*)
	@$< Sources/WebClient/page $(@D)

# The descriptions of the APIs without their white space; no string of JSON holds a line's end.
build/descriptions/asyncapi.json: $(wildcard Sources/CDescriptions/*.json)
	@mkdir -p $(@D)
	@for file in openapi asyncapi; do \
	    sed -E 's/^ *("[^"]*":)? */\1/' Sources/CDescriptions/$$file.json | tr -d '\n' > $(@D)/$$file.json; done

test-deps: test-tools .venv/installed ## Install what the tests need

test-tools:
	@.ci/install-packages $(TEST_TOOLS)

# Debian's own Python: one from elsewhere may lack what makes environments.
.venv/installed: Tests/EndToEnd/requirements.txt | test-tools
	/usr/bin/python3 -m venv --clear .venv
	$(PYTHON) -m pip install --quiet --requirement $<
	@touch $@

clean: ## Remove everything that was built (never data)
	rm -rf .build .venv build

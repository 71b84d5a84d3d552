# The verbs of development. Each ends non-zero when it fails, asks nothing and may be run again at will.
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man/man8
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR ?= $(PREFIX)/lib/systemd/system

FUZZ ?= 1000000
FLOOD ?= 30
SOAK_SECONDS ?= 600
FLAPS ?= 20

DEBUG := .build/debug
SWIFT_SOURCES := Package.swift Sources Tests bpf/plugin
C_SOURCES = $(shell find bpf packaging Sources -name '*.[ch]' -not -path '*/lib/lib*')

.PHONY: help deps deps-bench deps-build deps-format deps-kernels build release test test-kernels demo bench fuzz policy flood soak flaps crash upgrade fmt lint completions man install clean

help: ## Lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

deps: ## Installs the Debian packages that building, testing and the demo need (root)
	@packaging/deps.sh build test

deps-build:
	@packaging/deps.sh build

deps-bench:
	@packaging/deps.sh bench

deps-format:
	@packaging/deps.sh format

deps-kernels:
	@packaging/deps.sh kernels

build: deps-build ## Builds for debugging: .build/debug/fabctl
	swift build

release: deps-build ## Builds the static binary, which needs nothing but glibc: build/fabctl
	packaging/release.sh

test: deps ## Builds, runs every check and every test that can run here
	packaging/test.sh

test-kernels: deps-kernels release ## Boots Debian's kernels 6.1 and 6.12 under emulation and tests the datapath in them
	packaging/kernels.sh

demo: deps release ## Builds a fabric of network namespaces on this machine, shows it, removes it (root)
	packaging/demo.sh

bench: deps-build deps-bench ## Measures what packets and commands cost, into build/bench.json (root); SECTION=packet and so on for a part
	SECTION="$(SECTION)" packaging/bench.sh

fuzz: deps ## Damages packets and all that is parsed, FUZZ times each (1000000): programs and parsers must bear it
	FABCTL_FUZZ="$(FUZZ)" FABCTL_POLICY_MUTATIONS=$${FABCTL_POLICY_MUTATIONS:-100000} packaging/suites.sh 'Fuzz'

policy: deps ## Network policy at length: engines that agree, damaged packets, applies under load, real packets, kills at every call (root)
	FABCTL_FUZZ=$${FABCTL_FUZZ:-20000} packaging/suites.sh 'AgreementTests|ChangePlanTests'
	FABCTL_FUZZ=$${FABCTL_PACKETS:-200000} packaging/suites.sh 'MutatedPacketFuzzTests|aPodThatPolicyShutsOffReceivesNothing'
	FABCTL_POLICY_MUTATIONS=$${FABCTL_POLICY_MUTATIONS:-100000} packaging/suites.sh 'PolicyTests.FuzzTests'
	FABCTL_POLICY_ALTERNATIONS=$${FABCTL_POLICY_ALTERNATIONS:-200} FABCTL_TRAFFIC_CASES=$${FABCTL_TRAFFIC_CASES:-219} \
		packaging/suites.sh 'PolicyLoadTests|RealTrafficTests'
	packaging/crash.sh "" policy

flood: deps ## Floods a node from a pod and from the fabric, FLOOD seconds each (30), while others go on
	FABCTL_FLOOD="$(FLOOD)" packaging/suites.sh 'FloodTests'

soak: deps ## A node's day in SOAK_SECONDS (600): pods come and go, a link flaps, installs repeat, traffic never stops
	SOAK_SECONDS="$(SOAK_SECONDS)" packaging/suites.sh 'SoakTests'

flaps: deps ## Kills speakers, stops them, and takes links down, FLAPS times each (20), under pods' traffic, and counts what is lost
	FABCTL_FLAPS="$(FLAPS)" packaging/suites.sh 'FaultTests'

crash: deps ## Kills every command at each of its system calls, and makes each fail (root; takes an hour or more)
	packaging/crash.sh

upgrade: deps build ## Installs 40 times, programs the same and newer, under load, and compares with a run without (root)
	FABCTL_UPGRADE=20 swift test --disable-xctest --filter UpgradeTests

fmt: deps-format ## Formats Swift and C in place
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)
	clang-format -i $(C_SOURCES)

lint: deps-format ## Says what fmt would change, and what the style forbids
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	clang-format --dry-run --Werror $(C_SOURCES)

completions: build ## Makes completions/ anew from the commands
	packaging/completions.sh $(DEBUG)/fabctl completions

man: build ## Makes man/ anew from the commands
	$(DEBUG)/fabctl --experimental-dump-help | $(DEBUG)/fabctl-manual man

install: ## Copies build/fabctl, its manual, its completions and its systemd unit under DESTDIR and PREFIX
	@test -x build/fabctl || { echo "install: build/fabctl is not built: run make release" >&2; exit 1; }
	install -D -m 755 build/fabctl "$(DESTDIR)$(BINDIR)/fabctl"
	install -d "$(DESTDIR)$(MANDIR)"
	install -m 644 man/*.8 "$(DESTDIR)$(MANDIR)"
	install -D -m 644 completions/fabctl.bash "$(DESTDIR)$(BASHDIR)/fabctl"
	install -D -m 644 completions/_fabctl "$(DESTDIR)$(ZSHDIR)/_fabctl"
	install -D -m 644 completions/fabctl.fish "$(DESTDIR)$(FISHDIR)/fabctl.fish"
	install -D -m 644 packaging/systemd/fabctl-bgp.service "$(DESTDIR)$(UNITDIR)/fabctl-bgp.service"

clean: ## Removes all that was built
	rm -rf .build .build-release build packaging/static/lib

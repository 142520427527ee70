# The everyday commands. Each sets up first what it needs; tools/setup ends at once where nothing is missing.
#
# CMake alone works too: cmake --workflow --preset dev   (CONTRIBUTING.md lists the presets)

.DEFAULT_GOAL := help
.PHONY: help setup build demo test check forms mutants conformance seeds soak bench format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: ## install what is missing: compiler, libraries, .venv with the tools and the package
	@tools/setup

build: setup ## build the library as it ships: build/release/libresprout.so
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target resprout  # not its tests, which take minutes

demo: setup ## a program under supervision, made to fail before your eyes (DIR=~/src ARGS="--chaos 7 --verify")
	@.venv/bin/python -m resprout.demo $(ARGS) $(DIR)

test: setup ## every check of a merge, with a table at the end (ARGS="native asan": only these)
	@.venv/bin/python tests/run $(ARGS)

check: ## what is too slow for a merge: the other compiler, deeper, ten times the seeds, valgrind, formats
	@tools/setup --check
	@.venv/bin/python tests/run --slow $(ARGS)

mutants: setup ## rules of the core broken one at a time: do the tests of C++, Python and Rust notice? (ARGS="trap")
	@.venv/bin/python -m tests.mutants $(ARGS)

SEEDS ?= 1000000
FIRST ?= 1
SIMULATION ?= society
seeds: setup ## a million seeds of a simulation, on all processors (SEEDS=20000 FIRST=5001 SIMULATION=supervision)
	@cmake --preset sim >/dev/null
	@cmake --build --preset sim --target test_sim
	@tests/seeds --count $(SEEDS) --first $(FIRST) --simulation $(SIMULATION) $(ARGS)

forms: ## docs/forms.md: the two forms of each call that can fail, from the headers and the Python package
	@tools/generate-forms

conformance: setup ## each case on 1, 2 and 8 workers and under 1,000 seeds; writes docs/conformance.md
	@tests/cases $(ARGS)

MINUTES ?= 60
soak: setup ## an hour of failures under supervision: does anything grow? (MINUTES=5 ARGS=seed)
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev --target resprout_soak
	@build/dev/tests/resprout_soak $(MINUTES) $(ARGS)

bench: build ## measure, beside BEAM and tokio (CASE=pingpong: only that; ARGS=--list: the cases)
	@bench/run $(ARGS)

format: setup ## rewrite the sources in the project's format
	@tools/format

clean: ## remove what was built; downloads and .venv stay
	rm -rf build target tests/loom/target
	rm -f .deps/stamp-package

# `make help` lists everything. All targets work from a clean checkout; the first one makes .venv from the pins.
.DEFAULT_GOAL := help
.PHONY: help run test test-all bench bench-law bench-survival bench-ensemble bench-input-output docs pins clean

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
PINNED := $(VENV)/.pinned
BENCH_STAMP := $(VENV)/.installed-bench
PIP   := $(BIN)/python -m pip --disable-pip-version-check --no-input

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(STAMP) ## Plan the reference case and write the brief in Korean, English and French to out/
	$(BIN)/bongsu brief --case reference --out out

test: $(STAMP) ## Lint, types, floors and the fast tests, with the same random examples every time
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow" -n auto --hypothesis-profile=build

test-all: $(BENCH_STAMP) ## Everything in `make test`, the slow tests and those against linopy, with new random examples
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

bench: $(BENCH_STAMP) ## Run the benchmarks (installs linopy, Pyomo and PyPSA); results in benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

bench-law: $(STAMP) ## Time the law: tests on tables, and what law adds to stating a plan; results in benchmarks/LAW.md
	$(BIN)/python -m benchmarks.law

bench-survival: $(STAMP) ## Time survival and recovery on a chain of 1,700 nodes; results in benchmarks/SURVIVAL.md
	$(BIN)/python -m benchmarks.survival --seeds 1 2 3

bench-ensemble: $(STAMP) ## Time ensembles: each step against cold solves, two workers, a million draws; results in benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.ensemble

bench-input-output: $(STAMP) ## Time a shock through an input-output table of 5,000 sectors; results in benchmarks/INPUT_OUTPUT.md
	$(BIN)/python -m benchmarks.input_output

docs: $(STAMP) ## Write the pages of docs/ that are made from code: model, case format, data tables
	$(BIN)/python scripts/model_page.py
	$(BIN)/python scripts/case_page.py
	$(BIN)/python scripts/data_page.py

pins: $(STAMP) ## Solve the pins in requirements*.txt anew from pyproject.toml
	sh scripts/pins.sh

clean: ## Remove .venv, out/ and every cache
	rm -rf $(VENV) out benchmarks/out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The environment is made again only when the pins change; the project itself is put in anew when its metadata does.
$(PINNED): requirements.txt scripts/venv.sh
	@sh scripts/venv.sh $(VENV)
	@echo "Installing the pinned packages into $(VENV) (half a minute)"
	@$(PIP) install --quiet --require-hashes -r requirements.txt
	@touch $@

$(STAMP): $(PINNED) pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(BENCH_STAMP): $(STAMP) requirements-bench.txt
	@$(PIP) install --quiet --require-hashes -r requirements-bench.txt
	@touch $@

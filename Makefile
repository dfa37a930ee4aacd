.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Made only when the whole environment stands, so a broken install is tried again.
INSTALLED := $(VENV)/.installed

# The stem has to stay one_funnel: stored views carry it as the name of their catalog.
export ONE_FUNNEL_DATABASE ?= warehouse/work/one_funnel.duckdb

# dbt reports usage by default; nothing leaves this machine.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

# Every warning fails here, and so does a finding that a build of a company's own data
# only warns of. dbt refuses `--warn-error` beside the project's `warn_error_options`.
STRICT := --warn-error-options '{"error": "all", "silence": ["MFConverterIssue"]}'

# Of one process the linter uses one core, so the files are divided.
LINT_SQL := lint-intermediate lint-other-sql
FILES_OF_lint-intermediate := models/intermediate/
FILES_OF_lint-other-sql := \
	$(filter-out $(FILES_OF_lint-intermediate),$(wildcard models/*/)) tests/

.PHONY: help bench grade install build test strict-build lint lint-code $(LINT_SQL) \
	clean lock prove world

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 12

install: $(INSTALLED) ## Make .venv from the lock; does nothing when it is fresh

# Byte-compiling saves half of the import time of every later dbt call.
$(INSTALLED): requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { \
		echo "$(PYTHON) is not on the path: install Python 3.11," \
			"or name it: make install PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes \
		requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps \
		--no-build-isolation --editable .
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q -j 0 \
		$(VENV)/lib
	@touch $@

build: install ## Build, audit and publish the warehouse, and print the funnel
	@$(BIN)/one-funnel build

test: install ## All that CI runs: lint, a strict build, pytest
	$(MAKE) --jobs 2 --output-sync=target $(LINT_SQL) strict-build lint-code
	ONE_FUNNEL_TEST_DATABASE=$(ONE_FUNNEL_DATABASE) $(BIN)/pytest -n 2 --dist loadfile

strict-build: install
	$(BIN)/python -m one_funnel.deprecations
	$(BIN)/dbt $(STRICT) build --no-partial-parse --quiet

lint: lint-code $(LINT_SQL) ## Style of SQL, YAML and Python

lint-code: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .

# The linter asks dbt for the SQL of each model. It gets a database and a target of its
# own, so that it can do so beside a build; a parse from before a merge is of no use.
$(LINT_SQL): install
	@mkdir -p target/$@
	@rm -f target/$@/partial_parse.msgpack
	ONE_FUNNEL_DATABASE=target/$@/one_funnel.duckdb DBT_TARGET_PATH=target/$@ \
		DBT_LOG_PATH=target/$@ $(BIN)/sqlfluff lint $(FILES_OF_$@)

prove: install ## Compare a thousand random worlds with the reference, and plant errors
	$(BIN)/pytest -m prove -n 2 tests/python

grade: build ## Grade the warehouse against the truth, into the README's table
	$(BIN)/python -m benchmarks.grade --readme

# A missed bound fails the target, after all was measured.
bench: install ## Measure rooms, credit and conversion against scans and peers, in half an hour
	@missed=0; for benchmark in rooms identity attribution survival; do \
		$(BIN)/python -m benchmarks.$$benchmark || missed=1; \
	done; exit $$missed

world: install ## Make the demo's raw exports and their truth again
	@$(BIN)/one-funnel world --truth tests/fixtures/demo_truth
	$(BIN)/python -m tests.python.reference --exports seeds/exports \
		--out tests/fixtures/demo_truth

lock: ## Resolve the dependencies anew into requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	rm -f requirements.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --group dev \
		--generate-hashes --custom-compile-command "make lock" \
		pyproject.toml --output-file requirements.lock

clean: ## Remove what was made, but not the published warehouse
	rm -rf target logs warehouse/work/*.duckdb* .mypy_cache .pytest_cache \
		.ruff_cache .hypothesis

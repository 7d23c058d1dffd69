# Clippings: each target does its own set-up. `make` alone lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
ARCHIVE ?= archive.db
ARGS ?=
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
# Modules in the order of tests/conftest.py, the slow ones first.
PYTEST = $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: .venv/.installed  ## make .venv and install Clippings into it, no more than its users need

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Error: Clippings needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Installing Clippings into .venv: a minute or two, the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip uninstall -qq -y clippings  # what the distribution was called before
	@$(PIP) -e .
	@touch $@

.venv/.installed-dev: .venv/.installed
	$(PIP) -e '.[dev]'
	@touch $@

demo: .venv/.installed  ## crawl the bundled newspaper twice, with an edit between (no internet)
	@$(BIN)/python -m tests.demo

crawl: .venv/.installed  ## crawl the sites listed in seeds/ into archive.db
	@$(BIN)/clippings crawl $(ARCHIVE) $(ARGS)

browse: .venv/.installed  ## read and search archive.db in a web browser
	@$(BIN)/clippings browse $(ARCHIVE) $(ARGS)

test: .venv/.installed-dev  ## run the tests; some of them: make test ARGS="tests/archive -k frontier"
	$(PYTEST) $(ARGS)

test-fast: .venv/.installed-dev  ## run the tests that take less than a second each
	$(PYTEST) -n 2 -m 'not slow and not extra' $(ARGS)

test-extra: .venv/.installed-dev  ## run the long tests, of which `make test` runs a sample
	$(PYTEST) --extra -m extra $(ARGS)

cov: .venv/.installed-dev  ## run the tests and list the lines that none of them reaches, worker and crawl processes too
	$(PYTEST) --cov --cov-report=term-missing:skip-covered $(ARGS)

lint: .venv/.installed-dev  ## check style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/cog --check docs/*.md

format: .venv/.installed-dev  ## put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.installed-dev  ## bring the generated parts of docs/ up to date
	$(BIN)/cog -r docs/cli.md docs/database.md docs/settings.md

clean:  ## remove what these targets made, never archive.db
	rm -rf .venv demo .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info

.PHONY: help install demo crawl browse test test-fast test-extra cov lint format docs clean

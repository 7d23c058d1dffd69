# Clippings: each target does its own set-up. `make` alone lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
ARCHIVE ?= archive.db
ARGS ?=

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: .venv/.installed  ## make .venv and install Clippings into it, with what its tests need

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Error: Clippings needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: install  ## crawl the bundled newspaper twice, with an edit between (no internet)
	@$(BIN)/python -m tests.demo

crawl: install  ## crawl the sites listed in seeds/ into archive.db
	@$(BIN)/clippings crawl $(ARCHIVE) $(ARGS)

browse: install  ## read and search archive.db in a web browser
	@$(BIN)/clippings browse $(ARCHIVE) $(ARGS)

test: install  ## run the tests
	$(BIN)/python -m pytest -n 3 --dist loadscope $(ARGS)

lint: install  ## check style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/cog --check docs/*.md

format: install  ## put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install  ## bring the generated parts of docs/ up to date
	$(BIN)/cog -r docs/cli.md docs/database.md

clean:  ## remove what these targets made, never archive.db
	rm -rf .venv demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info

.PHONY: help install demo crawl browse test lint format docs clean

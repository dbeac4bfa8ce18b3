# `make demo` and `make test` work on a fresh clone; what they need, `make setup` brings.
.PHONY: demo test setup bench storm check format format-check lint types layers definitions lock clean

VENV := .venv
BIN := $(VENV)/bin
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Validating the definitions takes an instance, not ours: an empty home needs no running servers.
EMPTY_HOME := $(CURDIR)/$(VENV)/empty-dagster-home

demo: setup
	$(BIN)/kordant demo

test: setup
	$(BIN)/pytest

setup:
	@.ci/setup

bench: setup
	$(BIN)/python -m bench.engine

storm: setup
	$(BIN)/python -m bench.storm

check: format-check lint types layers definitions test

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

format-check: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/pyright

layers: setup
	$(BIN)/lint-imports

definitions: setup
	@mkdir -p $(EMPTY_HOME) && touch $(EMPTY_HOME)/dagster.yaml
	DAGSTER_HOME=$(EMPTY_HOME) $(BIN)/dagster definitions validate -w workspace.yaml
	DAGSTER_HOME=$(EMPTY_HOME) $(BIN)/dg check defs

# Newest versions that fit pyproject.toml, pinned with hashes. Holds no registry's address.
lock: setup
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --upgrade --output-file requirements.lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

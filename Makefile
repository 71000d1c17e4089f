# Warroom's commands. Each sets up first what is missing or stale.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
UV := $(shell command -v uv 2>/dev/null)
ifneq ($(UV),)
INSTALL = VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes
else
INSTALL = $(PIP_INSTALL)
endif

.PHONY: help run test check bench sweep docs lock format clean

help:
	@echo "make run    serve on http://127.0.0.1:$(PORT), with a demo organisation on first start"
	@echo "make test   run the tests (PostgreSQL, Redis and RabbitMQ tests where those are reachable)"
	@echo "make check  lint, types, architecture, migrations"
	@echo "make bench  measure; ratios within one run"
	@echo "make sweep  the long fault and property runs"
	@echo "make docs   write the reference pages that are made from the code"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=python3.11 make ...)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv could not be made. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.core: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Warroom needs (about a minute)…"
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need…"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/.core

run: $(VENV)/.core
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@$(BIN)/python manage.py seed_demo --if-empty
	@PORT=$(PORT) exec $(BIN)/python manage.py serve

test: $(VENV)/.dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash tests/run.sh

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run
	@! grep -n '://' requirements*.txt || { echo "lock files must hold no addresses"; exit 1; }

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ARGS)

sweep: $(VENV)/.dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" WARROOM_SWEEP=1 bash tests/sweep.sh

docs: $(VENV)/.dev
	$(BIN)/python manage.py write_docs

lock:
	@for file in requirements requirements-extra requirements-dev; do \
	  uv pip compile -q --universal --generate-hashes --strip-extras --no-header --no-annotate -p 3.11 $$file.in -o $$file.txt; \
	done

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .

clean:
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache

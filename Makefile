# Two commands do everything on a fresh machine: `make run` and `make test`. Needs Python >= 3.11, Node >= 20, make.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CAPTURES ?= tests/captures
DATA ?= ./nervure-data
# Processes that run tests side by side: each takes the next test when it is free.
JOBS ?= 2

# Containers often forbid Python to keep what it compiled; each start of the server would compile 600 files again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Nervure needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version). Set PYTHON=python3.12, say."; exit 1; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing Nervure and what it needs into $(VENV) (about 1 GB, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[server,dev]'
	@touch $@

.PHONY: setup
setup: $(STAMP) ## Create the virtual environment

# The web app: built from ui/ into the package, which serves it. Rebuilt when something it is made of changed.
UI := src/nervure/_ui/index.html
UI_SOURCES := docs/clients/support.json $(shell find ui/src ui/public ui/*.json ui/*.ts ui/*.js ui/index.html -type f -not -name schema.gen.ts 2>/dev/null)
API_SOURCES := $(shell find src/nervure/api src/nervure/model -name '*.py' 2>/dev/null)

ui/node_modules/.installed: ui/package.json ui/package-lock.json
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || { echo "The web app is built with Node 20 or later; install it (nodejs.org) and run again."; exit 1; }
	@echo "Installing what the web app is built with (about 300 MB, once) ..."
	@cd ui && npm ci --silent --no-audit --no-fund
	@touch $@

ui/src/api/schema.gen.ts: $(STAMP) ui/node_modules/.installed $(API_SOURCES)
	@$(BIN)/python -m nervure.cli.docs openapi .cache/openapi.json
	@cd ui && npm run --silent types >/dev/null

$(UI): ui/src/api/schema.gen.ts $(UI_SOURCES)
	@echo "Building the web app ..."
	@cd ui && npx --no-install tsc --noEmit && npx --no-install vite build --logLevel warn
	@touch $@

.PHONY: ui
ui: $(UI) ## Build the web app into the package

.PHONY: ui-types
ui-types: ui/src/api/schema.gen.ts ## Types of the API for the web app

.PHONY: ui-check
ui-check: ui/src/api/schema.gen.ts ## Types, lint, format and unit tests of the web app
	@cd ui && npm run --silent check && npm test --silent

.PHONY: screenshots
screenshots: $(UI) ## The documents' pictures of pages into docs/images
	@$(BIN)/python -m tests.browser.screenshots

.PHONY: run
run: $(STAMP) $(UI) ## Start the server with demo data at http://127.0.0.1:4318
	@$(BIN)/nervure serve --data $(DATA) --demo

.PHONY: check
check: lint ## Before each commit: format, lint, types, import rules, quick tests
	@$(BIN)/pytest -q -m 'not slow and not sdk'

.PHONY: lint
lint: $(STAMP) ## Format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: fix
fix: $(STAMP) ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: test
test: $(STAMP) $(UI) ## All tests
	@$(BIN)/pytest -n $(JOBS) --dist loadgroup

.PHONY: conformance
conformance: $(STAMP) ## Replay recorded SDK requests against a real server: CAPTURES=folder
	@$(BIN)/python -m tests.conformance.runner $(CAPTURES)

WORLDS ?= 20
STRENGTH ?= 1.0
GENERATOR ?= demo
.PHONY: detection-benchmark
detection-benchmark: $(STAMP) ## Detection on simulated worlds: WORLDS=20 STRENGTH=1.0 GENERATOR=demo|plain|renamed
	@$(BIN)/python benchmarks/detection.py --worlds $(WORLDS) --strength $(STRENGTH) --generator $(GENERATOR)

.PHONY: docs
docs: $(STAMP) ## Write the generated reference pages
	@$(BIN)/python -m nervure.cli.docs

.PHONY: pins
pins: ## Resolve the newest versions into constraints.txt
	@rm -rf .venv-pins && $(PYTHON) -m venv .venv-pins
	@.venv-pins/bin/python -m pip install --quiet '.[server,dev]'
	@.venv-pins/bin/python -m pip freeze --exclude nervure > constraints.txt
	@rm -rf .venv-pins

.PHONY: clean
clean: ## Remove the environment and caches (not your data)
	@rm -rf $(VENV) .cache ui/node_modules src/nervure/_ui .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

# Two commands do everything: `make run` and `make test`. They set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run dev test check format bench bench-full soak coverage-docs lock clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/serve.installed: requirements/serve.txt pyproject.toml
	@PYTHON=$(PYTHON) scripts/set-up $(VENV) requirements/serve.txt
	@touch $@

$(VENV)/dev.installed: requirements/dev.txt pyproject.toml
	@PYTHON=$(PYTHON) scripts/set-up $(VENV) requirements/dev.txt
	@touch $@ $(VENV)/serve.installed

$(VENV)/bench.installed: requirements/bench.txt $(VENV)/dev.installed
	@$(PYTHON) -m venv $(VENV)/peer && $(VENV)/peer/bin/pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

run: $(VENV)/serve.installed ## Serve on http://127.0.0.1:4577 (initialises ./strongroom-data the first time)
	@$(BIN)/strongroom init --if-missing --save-credentials
	@exec $(BIN)/strongroom serve

dev: $(VENV)/serve.installed ## A throw-away server with root credentials test/test
	@exec $(BIN)/strongroom dev

test: $(VENV)/dev.installed ## Set up, real servers included, and run all tests
	@scripts/install-test-servers
	@$(BIN)/pytest

check: $(VENV)/dev.installed ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/dev.installed ## Format the code
	@$(BIN)/ruff check --fix src tests benchmarks
	@$(BIN)/ruff format src tests benchmarks

bench: $(VENV)/bench.installed ## CPU per request beside moto_server in the same run
	@scripts/install-bench-tools
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/session_policies.py
	@$(BIN)/python benchmarks/signing.py

bench-full: $(VENV)/bench.installed ## Everything: 1, 16 and 64 connections, writes, fairness, the time of a start
	@scripts/install-bench-tools
	@$(BIN)/python benchmarks/run.py --full
	@$(BIN)/python benchmarks/start.py
	@$(BIN)/python benchmarks/many_keys.py
	@$(BIN)/python benchmarks/many_secrets.py
	@$(BIN)/python benchmarks/parameters.py

soak: $(VENV)/dev.installed ## The long tests: fifty rotations of each kind, twenty minutes of nodes under load and kills, failovers by Patroni
	@scripts/install-test-servers patroni etcd-server maven
	@scripts/install-mysql $(VENV)
	@$(BIN)/pytest -m soak --timeout 1800

coverage-docs: $(VENV)/dev.installed ## Write docs/coverage.md and docs/settings.md from the code
	@$(BIN)/python scripts/generate_docs.py

lock: ## Pin all dependencies anew, with hashes (needs pip-tools in PATH)
	@for name in dev serve bench; do pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --strip-extras -o requirements/$$name.txt requirements/$$name.in; done

clean: ## Remove the environment and caches (never the data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

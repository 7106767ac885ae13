# Tessera: all that is needed is Python 3.11 or newer, make and a package index.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Each stamp names the lock it was made from: set-up is skipped when nothing changed.
SUM := $(shell cat requirements.lock pyproject.toml | cksum | tr -d ' \t')
SUM_DEV := $(shell cat requirements.lock requirements-dev.lock pyproject.toml | cksum | tr -d ' \t')
RUN_STAMP := $(VENV)/.installed-$(SUM)
DEV_STAMP := $(VENV)/.installed-dev-$(SUM_DEV)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
JOBS ?= auto

.PHONY: up test fuzz bench hosts soak lint audit format lock messages clean

up: $(RUN_STAMP)
	@exec $(BIN)/tessera up

test: $(DEV_STAMP)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

# Looks for faults in what the tests draw by chance: other values each time, TIMES as many.
TIMES ?= 20
fuzz: $(DEV_STAMP)
	@TESSERA_FUZZ=$(TIMES) $(BIN)/python -m pytest -n $(JOBS) -m hypothesis $(ARGS)

bench: $(DEV_STAMP)
	@$(BIN)/python -m tests.bench $(ARGS)

# Several hosts in network namespaces: the journeys on them, then cut off and killed at work. As root; takes some minutes;
# ARGS=--pooled, ARGS="--only journeys -k bulk".
hosts: $(DEV_STAMP)
	@$(BIN)/python -m tests.hosts $(ARGS)

# A whole system under load while its parts are killed one after the other; ARGS="--minutes 3".
soak: $(DEV_STAMP)
	@$(BIN)/python -m tests.soak $(ARGS)

lint: $(DEV_STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# What takes longer or needs the network: bandit, the linters of deploy/, and whether a weakness of a package is known.
ROOMS := tessera lifecycles customfields tickets scrips
AUDIT := $(VENV)/audit/bin
audit: | $(BIN)/python
	@test -x $(AUDIT)/python || $(BIN)/python -m venv $(VENV)/audit
	@$(AUDIT)/python -m pip --disable-pip-version-check --no-input install -q -r requirements-audit.txt
	@$(AUDIT)/bandit -q -lll -r $(ROOMS) scripts
	@$(AUDIT)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	@$(AUDIT)/yamllint --strict -d '{extends: relaxed, rules: {line-length: disable}}' deploy
	@$(AUDIT)/kubernetes-validate --strict --quiet deploy/kubernetes.yaml
	@$(AUDIT)/hadolint deploy/Dockerfile
	@$(BIN)/python scripts/advisories.py $(AUDIT)/pip-audit

format: $(DEV_STAMP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# The locks name versions and hashes for every supported Python, and no index.
LOCK := uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --no-annotate --custom-compile-command 'make lock' -q
lock:
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --extra s3 -c requirements.lock -o requirements-s3.lock

# Brings the catalogues of translations up to the code, and names what is not translated.
messages: $(RUN_STAMP)
	@$(BIN)/python scripts/messages.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tessera needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing what Tessera needs to run (first time, or the lock changed)"
	@$(PIP) install -q --require-hashes -r requirements.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@$(BIN)/python -m tessera.setup_assets
	@rm -f $(VENV)/.installed-[0-9]* && touch $@

$(DEV_STAMP): $(RUN_STAMP)
	@echo "Installing what the tests need"
	@$(PIP) install -q --require-hashes -r requirements-dev.lock
	@rm -f $(VENV)/.installed-dev-* && touch $@

# Everything from a fresh checkout with only Python 3.11-3.13 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test faults lint simulate bench lock clean

run: $(VENV)/.run  ## with DONDOC_TOKEN: talk to Telegram; without: the sandbox on 127.0.0.1
	@if [ -n "$$DONDOC_TOKEN$$DONDOC_TOKEN_FILE" ] || grep -qsE '^DONDOC_TOKEN(_FILE)?=.' .env; \
	then exec $(BIN)/dondoc run; else exec $(BIN)/dondoc sandbox; fi

test: $(VENV)/.test lint  ## lint, types, import rules, all tests
	$(BIN)/pytest -n 2 --dist worksteal

faults: $(VENV)/.test  ## the long runs: kills, stops and restarts while commands come in
	DONDOC_LONG=1 $(BIN)/pytest tests/faults

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

simulate: $(VENV)/.test  ## 400 days of 500 people on the injected clock, every message compared with an expectation
	$(BIN)/python -m tests.simulation

bench: $(VENV)/.test  ## speed, as ratios; writes docs/performance.md, fails when a promise is missed
	$(BIN)/python -m tests.bench

lock:  ## write both lock files anew (needs the resolver `uv`); hashes, no index addresses
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q \
	  --extra build pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q \
	  --extra build --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11, 3.12 or 3.13 is needed; set PYTHON=") if not (3, 11) <= sys.version_info < (3, 14) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
	$(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: requirements-dev.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.run

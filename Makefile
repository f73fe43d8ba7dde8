# Two commands need nothing but Python 3.11 to 3.13: `make demo` and `make test`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
DEMO ?= demo

.PHONY: demo test lint bench audit audit-text soak clean

demo: $(STAMP)
	$(BIN)/tacenda demo $(DEMO)

# Files as they are collected (the README first), so that quick ones fill the end.
test: $(STAMP)
	$(BIN)/python -m pytest -m "not soak and not audit and not bench" -n 2 --dist loadfile --no-loadscope-reorder

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks

audit: $(STAMP)
	$(BIN)/python -m pytest -m audit

audit-text: $(STAMP)
	$(BIN)/python -m tests.audit_text

soak: $(STAMP)
	$(BIN)/python -m pytest -m soak

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,notebooks]"
	@touch $(STAMP)

clean:
	rm -rf $(VENV) $(DEMO) build dist

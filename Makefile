# make run    set up, then the supervisor and the dashboard with the sample shop, at http://127.0.0.1:8501
#             Ctrl-C ends the pages; trainings go on, and `.venv/bin/python -m mtrec_core down` ends the supervisor
# make test   set up, then every test
# make lint   set up, then ruff, mypy and the file checks
# make bench  set up, then the classic recipe against one training (the other measurements: docs/benchmarks.md)
#
# Needs Python 3.11, make and git. The first call builds .venv; later calls find it ready.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: run test lint bench setup postgresql clean
.DELETE_ON_ERROR:

setup: $(INSTALLED)

# torch goes in first and by its pin, so that no other package brings another build along.
$(INSTALLED): requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' requirements.txt)"
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

run: $(INSTALLED)
	$(BIN)/python -m mtrec_core dashboard --sample

# The store is tested on SQLite and on PostgreSQL; where PostgreSQL is neither there nor to be had, on SQLite alone.
postgresql:
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1; then \
	    :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "Installing PostgreSQL for the store's tests"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; } \
	        >/dev/null 2>&1 || echo "PostgreSQL could not be installed; the store is tested on SQLite alone"; \
	else \
	    echo "No PostgreSQL here; the store is tested on SQLite alone"; \
	fi

test: $(INSTALLED) postgresql
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/pre-commit run --all-files

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.recipe

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

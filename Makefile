# make run    set up, then the supervisor and the dashboard with the sample shop, at http://127.0.0.1:8501
#             Ctrl-C ends the pages; trainings go on, and `.venv/bin/python -m mtrec_core down` ends the supervisor
# make test   set up, then every test, on as many workers as there are cores, four at most
# make lint   set up, then ruff, mypy and the file checks
# make bench  set up, then the classic recipe against one training (the other measurements: docs/benchmarks.md)
#
# Needs Python 3.11, make and git. The first call builds .venv; later calls find it ready.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: run test lint bench setup postgresql chromium clean
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

# The pages are tested in a browser; where chromium is neither there nor to be had, those tests are skipped.
chromium:
	@if [ -n "$$MTREC_CHROMIUM" ] || command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; then \
	    :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "Installing chromium for the tests of the pages"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
	        >/dev/null 2>&1 || echo "chromium could not be installed; the pages are not tested in a browser"; \
	else \
	    echo "No chromium here; the pages are not tested in a browser"; \
	fi

# Each worker is a process; more threads than cores would only wait for each other. The tests of a file share models and
# page servers, so they stay together.
test: $(INSTALLED) postgresql chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses=4 --dist loadfile

lint: $(INSTALLED)
	$(BIN)/pre-commit run --all-files

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.recipe

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

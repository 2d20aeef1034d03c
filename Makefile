PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_BUDGET ?= 30000candidates
LONG_BENCHMARKS := $(addprefix benchmarks/,ablation.py packing.py gallery.py gallery_pages.py settings_grid.py circles.py moonshot.py symbolic_regression.py)

.PHONY: help demo test test-slow lint bench bench-packing bench-gallery bench-settings bench-ablation bench-circles bench-regression docs clean

help:
	@echo "make demo       install into $(VENV), search for a better bin-packing rule, print the result"
	@echo "make test       the tests"
	@echo "make test-slow  the tests that take minutes"
	@echo "make lint       formatting, imports between rooms, types, documentation"
	@echo "make bench      the benchmarks: tables of figures"
	@echo "make bench-packing  what searches of minutes find, beside the published rule; BENCH_OPTIONS=..."
	@echo "make bench-gallery  what searches of minutes find on each task; hours, resumable; BENCH_OPTIONS=..."
	@echo "make bench-settings  whether the defaults need tuning, on each task; hours, resumable; BENCH_OPTIONS=..."
	@echo "make bench-ablation  what each operator, hashing and growth of train are worth; an hour, resumable; BENCH_OPTIONS=..."
	@echo "make bench-circles  sums of radii of 10 to 60 circles, a minute of one core each, resumable; BENCH_OPTIONS=..."
	@echo "make bench-regression  provolve, gplearn and DEAP on laws of physics; BENCH_OPTIONS=..."
	@echo "make docs       the documentation, into site/"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "provolve needs Python 3.11 or newer; name one with: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fast]'
	@touch $@

$(VENV)/.develop: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fast,test,lint,docs]'
	@touch $@ $(VENV)/.run

demo: $(VENV)/.run
	$(BIN)/provolve run bin-packing --budget $(DEMO_BUDGET) --seed 1

test: $(VENV)/.develop
	$(BIN)/python -m pytest -q -m "not slow" -n 2

test-slow: $(VENV)/.develop
	$(BIN)/python -m pytest -q -m slow

lint: $(VENV)/.develop
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/zensical build --clean --strict

bench: $(VENV)/.develop
	@for benchmark in $(filter-out $(LONG_BENCHMARKS) benchmarks/kept_results.py benchmarks/trials.py,$(wildcard benchmarks/*.py)); do echo "== $$benchmark"; $(BIN)/python $$benchmark || exit 1; done

bench-circles: $(VENV)/.run
	$(BIN)/python benchmarks/circles.py $(BENCH_OPTIONS)

bench-gallery: $(VENV)/.run
	$(BIN)/python benchmarks/gallery.py $(BENCH_OPTIONS)

bench-regression: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fast,bench]'
	$(BIN)/python benchmarks/symbolic_regression.py $(BENCH_OPTIONS)

bench-packing: $(VENV)/.run
	$(BIN)/python benchmarks/packing.py $(BENCH_OPTIONS)

bench-settings: $(VENV)/.run
	$(BIN)/python benchmarks/settings_grid.py $(BENCH_OPTIONS)

bench-ablation: $(VENV)/.run
	$(BIN)/python benchmarks/ablation.py $(BENCH_OPTIONS)

docs: $(VENV)/.develop
	$(BIN)/zensical build --clean --strict

clean:
	rm -rf $(VENV) site dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

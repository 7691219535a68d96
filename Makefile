# Every target does its own set-up first (scripts/bootstrap.sh), and skips it when nothing changed.
# Pass arguments to the simulator with ARGS: make sim ARGS="--people 5 --headless"

BIN := .venv/bin
PYTEST_ARGS ?=
ARGS ?=
BESIDE := $(BIN)/python -m pytest -n 4 --dist loadfile
CHECKED := kiosk drivers calibration sim hub tests scripts

.DEFAULT_GOAL := help
.PHONY: help setup sim test quick coverage bench fuzz mutants vm-test lint types constraints clean distclean
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Debian packages, .venv and the pinned dependencies
	@scripts/bootstrap.sh

sim: setup ## run the kiosk in a simulated world (ARGS="--people 5 --headless")
	@$(BIN)/kiosk sim $(ARGS)

test: lint types ## everything that CI runs: lint, types, all tests
	@echo "==> pytest: all that need not be alone, four at once since many wait"
	@$(BESIDE) -m "not alone" $(PYTEST_ARGS) || [ $$? -eq 5 ]
	@echo "==> pytest: what measures time or fills the processors itself, one after the other"
	@$(BIN)/python -m pytest -m alone $(PYTEST_ARGS) || [ $$? -eq 5 ]

quick: lint types ## the same without the slow tests, for daily work
	@echo "==> pytest: without the slow tests"
	@$(BESIDE) -m "not slow" $(PYTEST_ARGS)

coverage: setup ## branch coverage of the rules (kiosk/core) by their own tests; fails under 100 %
	@echo "==> branch coverage of kiosk/core; not counted: what lies past the last case of an exhaustive match"
	@$(BIN)/python -m coverage run --data-file=build/coverage -m pytest -q tests/core $(PYTEST_ARGS)
	@$(BIN)/python -m coverage report --data-file=build/coverage

bench: setup ## measure and print the figures as tables
	@echo "==> benchmarks"
	@$(BIN)/python -m tests.bench $(ARGS)

fuzz: setup ## over a million hostile codes (ARGS="--count 1000 --guided 1000")
	@echo "==> fuzzing"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt -e '.[fuzz]'
	@$(BIN)/python -m tests.fuzz $(ARGS)

mutants: setup ## which changes to the rules no test notices (ARGS="--minutes 5 door decision")
	@echo "==> mutants of kiosk/core"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt -e '.[mutants]'
	@$(BIN)/python scripts/mutants.py $(ARGS)

vm-test: setup ## the readers' and the watchdog's drivers over a kernel's own devices, in a guest (skipped where qemu is absent)
	@echo "==> a guest with Debian's kernel"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt evdev
	@$(BIN)/python -m tests.hardware.vm

lint: setup ## ruff and the import contracts
	@echo "==> ruff check"
	@$(BIN)/ruff check --quiet $(CHECKED)
	@echo "==> ruff format --check"
	@$(BIN)/ruff format --quiet --check $(CHECKED)
	@echo "==> import contracts"
	@$(BIN)/lint-imports --config .importlinter --no-logo

types: setup ## mypy --strict
	@echo "==> mypy --strict"
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/mypy --no-error-summary scripts

constraints: setup ## write constraints.txt from what .venv holds now
	@mkdir -p build
	@$(BIN)/python scripts/constraints.py > build/constraints.txt
	@mv build/constraints.txt constraints.txt
	@echo "==> constraints.txt written"

clean: ## remove caches and build files; .venv and state/ stay
	@echo "==> removing caches and build files"
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find $(CHECKED) -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove .venv as well
	@echo "==> removing .venv"
	@rm -rf .venv

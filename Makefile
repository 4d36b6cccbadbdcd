# Names for the commands people and CI run. uv does the work; where it is missing, `.uv/` gets one.
# Bash, because make then looks commands up on the PATH set here.
SHELL := /bin/bash
UV := $(or $(shell command -v uv),.uv/bin/uv)
export PATH := $(PATH):$(CURDIR)/.uv/bin
# The Python that is installed, never one fetched from elsewhere.
export UV_PYTHON_DOWNLOADS := never
EXPORT := uv export --quiet --frozen --format requirements-txt --no-dev --no-emit-project \
          --no-header --no-annotate
LOCKS := requirements.lock docker/requirements-api.lock docker/requirements-sandbox.lock \
         docker/requirements-build.lock

.PHONY: help serve test check fix test-readme train-env test-train test-jobs clients-env test-clients test-fuzz page-env test-page test-vllm golden bench lock image-steps lint-docker clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(UV) ## the API on port 8000, with the embedded model
	uv run fathom serve

# Several processes, each with its own embedded server: a file's tests share one.
test: export PYTEST_ADDOPTS ?= -n auto --maxprocesses 4 --dist loadfile
test: $(UV) ## the tests that need no server and no GPU
	uv run pytest

check: $(UV) ## formatting, lint, types and the direction of imports
	uv run ruff format --check .
	uv run ruff check .
	uv run mypy
	uv run lint-imports

fix: $(UV) ## what a machine can mend
	uv run ruff check --fix .
	uv run ruff format .

test-readme: $(UV) ## the examples in README.md
	uv run python -m tests.readme

test-vllm: $(UV) ## the tests against a real vLLM server, on the CPU
	bash tests/vllm/prepare.sh
	uv run pytest -m vllm tests/vllm

test-train: $(UV) ## the tests that train models, in the same environment
	bash tests/vllm/prepare.sh
	OMP_NUM_THREADS=1 .venv-vllm/bin/python -m pytest -m train tests/training_torch

test-jobs: $(UV) ## the tests that kill servers, 20 times or FATHOM_ROUNDS, and those of jobs on Postgres
	uv run pytest -m jobs tests/app

train-env: ## .venv-train: `fathom train` and `fathom lab`, with torch for the CPU
	bash training/environment.sh

clients-env: $(UV) ## .venv-clients: programs of others that drive the service
	bash tests/clients/prepare.sh

test-clients: clients-env ## the service driven by clients of others, from openai-node to lm-eval
	uv run pytest -m clients tests/clients

test-fuzz: $(UV) ## ten thousand requests made of the OpenAPI document, none of which may be a fault
	bash tests/fuzz/prepare.sh
	uv run python -m tests.fuzz
page-env: $(UV) ## .venv-page: the driver of the browser that tries the page
	bash tests/page/prepare.sh

test-page: page-env ## the page in a real browser, Debian's chromium
	uv run fathom strategies > /dev/null
	.venv-page/bin/python -m pytest -m page tests/page

golden: $(UV) ## record the traces in tests/golden anew, on a real vLLM server
	bash tests/vllm/prepare.sh
	FATHOM_GOLDEN=1 uv run pytest -m vllm tests/vllm/test_search.py

bench: $(UV) ## the benchmarks
	uv run python -m benchmarks
	uv run python -m benchmarks.sandbox
	uv run python -m benchmarks.jobs
	uv run python -m benchmarks.keys

lock: $(UV) ## newest versions allowed by pyproject.toml, with hashes, without addresses
	uv lock --upgrade
	$(EXPORT) --extra embedded > requirements.lock
	$(EXPORT) --extra postgres > docker/requirements-api.lock
	$(EXPORT) --extra sandbox > docker/requirements-sandbox.lock
	echo 'hatchling>=1.27' | uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate - > docker/requirements-build.lock
	! grep -n '://' $(LOCKS)

image-steps: $(UV) ## what docker/Dockerfile does, without a container engine
	bash docker/steps.sh api embedded sandbox

lint-docker: $(UV) ## Dockerfile and compose file
	uv run hadolint docker/Dockerfile
	bash -n docker/install.sh docker/steps.sh .ci/run
	! docker compose version >/dev/null 2>&1 || \
	  docker compose -f docker/compose.yaml --profile '*' config --quiet

clean: ## everything that can be made again
	rm -rf .venv .venv-train .venv-clients .venv-fuzz .venv-page tests/clients/node/node_modules .uv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.uv/bin/uv:
	@for python in python3 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; \
	  python=; \
	done; \
	[ -n "$$python" ] || { echo 'Fathom needs Python 3.11 or newer; none was found on PATH.' >&2; exit 1; }; \
	echo "Fetching uv into .uv/ ..."; \
	log=$$("$$python" -m venv .uv 2>&1 && .uv/bin/python -m pip install -q \
	  --disable-pip-version-check 'uv>=0.13,<1' 2>&1) || { echo "$$log" >&2; exit 1; }

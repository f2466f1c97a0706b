# Two commands matter: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install demo demo-services test faults services lint format bench-pages bench-letters bench-upload bench-merge bench-growth clean
MAKEFLAGS += --no-print-directory
BIN := .venv/bin

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

install: ## put every dependency of uv.lock into .venv (leaves .venv/bin/portal)
	@scripts/install

demo: install ## start the portal with three schools and a believable semester (PORT, PORTAL_DATA)
	@exec $(BIN)/portal demo

test: install ## every test, browser included, on SQLite and on the real services; ARGS goes to pytest
	@scripts/install-browser
	@scripts/install-pdf-tools
	@scripts/services up || { echo 'Tests marked "services" need them. All others: .venv/bin/pytest -m "not services"'; exit 1; }
	@$(BIN)/pytest --database=all -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

faults: install ## break everything on purpose, in services of its own: a table of what was lost (half an hour; ARGS)
	@$(BIN)/python -m tests.faults $(ARGS)

services: install ## start the real services on this machine (scripts/services down stops them)
	@scripts/services up
	@scripts/services status

demo-services: install ## the demo on the real services: gunicorn, two workers, PostgreSQL, S3, Redis, SMTP, clamd (PORT)
	@exec scripts/demo-services

lint: install ## style, types of the rules and services, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(BIN)/lint-imports

format: install ## put every file into the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench-pages: install ## one JSON line: the pages measured against a bare Flask view
	@$(BIN)/python -m bench.pages

bench-letters: install ## one JSON line: letters and seals against WeasyPrint, fpdf2, Typst, Platypus; 2,000 through the portal
	@scripts/install-bench
	@scripts/services up >/dev/null
	@.venv-bench/bin/python -m bench.letters --batch 2000

bench-upload: install ## one JSON line: 1 and 3 GB through the portal into folder and S3, against raw (takes minutes, 11 GB of disk)
	@scripts/services up
	@$(BIN)/python -m bench.upload

bench-merge: install ## one JSON line: 12 parts of 50 MB merged as an expediente against pikepdf alone (1.3 GB of disk)
	@$(BIN)/python -m bench.merge

bench-growth: install ## one JSON line: the pages of an office at 10,000 servicios in 10 escuelas and 1,000,000 in 1,000, and the merge (minutes, 12 GB)
	@scripts/services up >/dev/null
	@$(BIN)/python -m bench.growth

clean: ## remove what make made (not your data)
	rm -rf .venv .venv-uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results

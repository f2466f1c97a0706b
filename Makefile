# Two commands matter: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install demo test lint format bench-pages clean
MAKEFLAGS += --no-print-directory
BIN := .venv/bin

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

install: ## put every dependency of uv.lock into .venv (leaves .venv/bin/portal)
	@scripts/install

demo: install ## start the portal with three schools and a believable semester (PORT, PORTAL_DATA)
	@exec $(BIN)/portal demo

test: install ## every test, browser included; ARGS goes to pytest
	@scripts/install-browser
	@$(BIN)/pytest $(ARGS)

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

clean: ## remove what make made (not your data)
	rm -rf .venv .venv-uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results

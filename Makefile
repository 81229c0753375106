# A newcomer needs `make run` and `make test`. Both say plainly what is missing on this machine.

.DEFAULT_GOAL := help
.PHONY: help run test check builds tools

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: builds ## Start everything on this machine; make run ARGS=--ephemeral forgets it at the end
	cargo run --package local -- $(ARGS)

test: builds tools ## Run all tests
	cargo test --workspace

check: builds ## What CI checks: formatting, lints, tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(MAKE) test

builds:
	@./scripts/prerequisites build

# Stripe's own CLI and Node SDK run against the stand-in; installed again only when the lock file changes.
tools:
	@./scripts/prerequisites tools
	@$(MAKE) --no-print-directory tests/node/node_modules/.package-lock.json

tests/node/node_modules/.package-lock.json: tests/node/package-lock.json
	npm ci --prefix tests/node --no-audit --no-fund --loglevel=error
	@touch $@

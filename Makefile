# A newcomer needs `make run` and `make test`. Both say plainly what is missing on this machine.

# Stripe's own CLI and Node SDK, which the tests run against the stand-in; installed when their lock file changes.
NODE_TOOLS := tests/node/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help run test check builds tools

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: builds ## Start everything on this machine; make run ARGS=--ephemeral forgets it at the end
	cargo run --package local -- $(ARGS)

test: builds tools $(NODE_TOOLS) ## Run all tests
	cargo test --workspace

check: builds ## What CI checks: formatting, lints, tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(MAKE) test

builds:
	@./scripts/prerequisites build

tools:
	@./scripts/prerequisites tools

$(NODE_TOOLS): tests/node/package-lock.json
	npm ci --prefix tests/node --no-audit --no-fund --loglevel=error
	@touch $@

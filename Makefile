# A newcomer needs `make run` and `make test`. Both say plainly what is missing on this machine.

# Stripe's own CLI and Node SDK, which the tests run against the stand-in; installed when their lock file changes.
NODE_TOOLS := tests/node/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help run test check bench builds tools

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

# One package at a time: together they would share the features of all, as nothing that is deployed does.
bench: builds ## Measure each function beside its floor, write docs/performance.md
	for function in courses entitlements checkout webhook; do cargo build --release --package $$function || exit; done
	cargo build --release --package bench --bin bare --no-default-features
	cargo run --release --package bench -- $(ARGS)

builds:
	@./scripts/prerequisites build

tools:
	@./scripts/prerequisites tools

$(NODE_TOOLS): tests/node/package-lock.json
	npm ci --prefix tests/node --no-audit --no-fund --loglevel=error
	@touch $@

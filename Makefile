# A newcomer needs `make run` and `make test`. Both say plainly what is missing on this machine.

.DEFAULT_GOAL := help
.PHONY: help run test check prerequisites node-tools

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: prerequisites ## Start everything on this machine; make run ARGS=--ephemeral forgets it at the end
	cargo run --package local -- $(ARGS)

test: prerequisites node-tools ## Run all tests
	cargo test --workspace

check: prerequisites ## What CI checks: formatting, lints, tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(MAKE) test

prerequisites:
	@./scripts/prerequisites rust

# Stripe's own CLI and Node SDK, for the tests that run them against the stand-in.
node-tools:
	@if [ -f tests/node/package-lock.json ]; then \
		./scripts/prerequisites node && npm ci --prefix tests/node --no-audit --no-fund --loglevel=error; \
	fi

# A newcomer needs `make run` and `make test`. Both say plainly what is missing on this machine.

# Stripe's own CLI and Node SDK, which the tests run against the stand-in; installed when their lock file changes.
NODE_TOOLS := tests/node/node_modules/.package-lock.json
# Amazon's DynamoDB Local, likewise.
DYNAMODB_LOCAL := tests/dynamodb_local/node_modules/.package-lock.json

# Redocly's linter of OpenAPI documents, likewise.
REDOCLY := tests/redocly/node_modules/.package-lock.json

# The clients' tools, and what generates their code, likewise.
CLIENTS := clients/node_modules/.package-lock.json
GENERATOR := clients/generator/node_modules/.package-lock.json

# The shop: its tools, and its files, which are built when they are older than what they are made of.
WEB := web/node_modules/.package-lock.json
SHOP := web/dist/index.html
SHOP_SOURCES := $(shell find web/src web/public web/index.html web/*.ts* clients/react/src clients/typescript/src -type f)

# Python tools, each kind in an environment of its own; installed when their versions change.
SAM := SAM_CLI_TELEMETRY=0 PATH="$(CURDIR)/.venv/sam/bin:$$PATH" sam

.DEFAULT_GOAL := help
.PHONY: help run shop test test-web test-examples test-contract test-dynamodb-local screenshots check bench bench-web openapi validate validate-openapi client test-clients deploy deploy-web e2e-aws e2e-aws-web e2e-aws-shipped arm64 sam-local sam-local-api e2e-sam-local builds tools

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-19s  %s\n", $$1, $$2 }'

run: builds ## Start everything on this machine; make run ARGS=--ephemeral forgets it at the end
	@if ./scripts/prerequisites shop; then $(MAKE) --no-print-directory shop || echo "The shop could not be built. Everything else starts." >&2; fi
	cargo run --package local -- $(ARGS)

shop: $(SHOP) ## Build the shop's files into web/dist

$(SHOP): $(WEB) $(CLIENTS) $(SHOP_SOURCES)
	npm run --silent --prefix clients build
	npm run --silent --prefix web build

test: builds tools $(NODE_TOOLS) ## Run all tests
	cargo test --workspace

# TUITION_LOCAL_STACK names a local stack that is built already.
test-examples: builds tools examples/fastapi/.venv/installed examples/express/node_modules/.package-lock.json ## Check and test the examples beside a local stack
	$(if $(TUITION_LOCAL_STACK),,cargo build --package local)
	cd examples/fastapi && .venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy .
	cd examples/fastapi && ../with_stack .venv/bin/pytest --quiet
	npm run --prefix examples/express build
	npm run --prefix examples/express lint
	cd examples/express && ../with_stack npm test

examples/fastapi/.venv/installed: examples/fastapi/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

examples/express/node_modules/.package-lock.json: examples/express/package-lock.json
	npm ci --prefix examples/express --no-audit --no-fund --loglevel=error
	@touch $@

# The rate limits are high, or most answers would be 429. TUITION_LOCAL_STACK names a local stack that is built already.
test-contract: builds .venv/schemathesis/installed ## Fuzz a local stack with requests made from openapi.json
	$(if $(TUITION_LOCAL_STACK),,cargo build --package local)
	APP_ORIGINS=https://school.example CALLS_PER_MINUTE=1000000 CHECKOUTS_PER_MINUTE=1000000 PYTHONPATH=scripts \
	  examples/with_stack .venv/schemathesis/bin/python -B -m fuzz_contract $(ARGS)

# What talks to the table most. No test may depend on a property of the embedded engine alone.
TABLE_TESTS := access:: catalog::plans:: edge::headers:: edge::rate_limits::a_learner_may edge::rate_limits::every_route \
	learning:: purchase:: subscription:: usage:: webhook:: \
	--skip purchase::buying_again --skip learning::changed_course --skip webhook::dashboard_changes --skip webhook::payloads --skip webhook::reconcile_missed_events
test-dynamodb-local: builds $(DYNAMODB_LOCAL) ## Run the tests of the table on Amazon's DynamoDB Local; needs Java 17
	./scripts/with_dynamodb_local cargo test --workspace --test it -- $(TABLE_TESTS)

check: builds ## What CI checks: formatting, lints, tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	# The functions share these features only; together the workspace has them all.
	cargo clippy --package shared -- -D warnings
	cargo clippy --package shared --features stripe -- -D warnings
	cargo clippy --package shared --features refunds -- -D warnings
	$(MAKE) test

# One package at a time: together they would share the features of all, as nothing that is deployed does.
bench: builds ## Measure each function beside a bare one, write docs/performance.md
	for function in $(notdir $(wildcard functions/*)); do cargo build --release --package $$function || exit; done
	cargo build --release --package bench --bin bare --no-default-features
	cargo run --profile harness --package bench -- $(ARGS)

# TUITION_LOCAL_STACK names a local stack that is built already, and CHROMIUM another browser than Debian's.
bench-web: builds tools shop ## Measure the shop in Chromium on a phone and on a desk, write its section of docs/performance.md
	$(if $(TUITION_LOCAL_STACK),,cargo build --package local)
	npm run --prefix web bench

# A test fails when this was forgotten. Its examples are recorded by another one: tests/it/contract/examples.rs.
openapi: builds ## Write openapi.json, the contract of the API, and what is made of it for a GPT and for functions/mcp
	cargo run --quiet --package openapi -- openapi.json openapi.chatgpt.json functions/mcp/tools.json

client: tools $(GENERATOR) ## Generate the code of clients/typescript from openapi.json
	npm run --prefix clients/generator generate

# TUITION_LOCAL_STACK names a local stack that is built already.
test-clients: builds tools $(CLIENTS) $(GENERATOR) ## Build, lint and test the clients for TypeScript and React on a local stack
	$(if $(TUITION_LOCAL_STACK),,cargo build --package local)
	npm run --prefix clients build
	npm run --prefix clients lint
	npm test --prefix clients

# TUITION_LOCAL_STACK names a local stack that is built already, and CHROMIUM another browser than Debian's.
test-web: builds tools shop ## Lint the shop, and test it in Chromium on local stacks
	$(if $(TUITION_LOCAL_STACK),,cargo build --package local)
	npm run --prefix web lint
	npm test --prefix web

screenshots: builds tools shop ## Pictures of every page and state of the shop, in web/screenshots
	$(if $(TUITION_LOCAL_STACK),,cargo build --package local)
	npm run --prefix web screenshots

# Not a part of `validate`: whoever deploys needs no Node.
validate-openapi: tools $(REDOCLY) ## Check openapi.json and openapi.chatgpt.json by Redocly's rules
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true tests/redocly/node_modules/.bin/redocly lint --extends recommended-strict openapi.json openapi.chatgpt.json

# SAM uses the cargo-lambda beside it, which brings a linker for arm64.
validate: .venv/sam/installed ## Check template.yaml and web/template.yaml
	$(SAM) validate --lint --region us-east-1
	.venv/sam/bin/cfn-lint template.yaml web/template.yaml

# The first time it asks for everything, and keeps the answers in samconfig.toml.
deploy: builds .venv/sam/installed ## Build and deploy to AWS; docs/deploy.md says how
	$(SAM) build
	$(SAM) deploy $(if $(shell grep -s parameter_overrides.*AppOrigins samconfig.toml),,--guided) $(ARGS)

# What it is given is kept in samconfig.toml, too: make deploy-web ARGS="--brand-name 'Our School'"
deploy-web: shop .venv/sam/installed ## Build the shop, and deploy it to S3 and CloudFront; docs/web.md says how
	@PYTHONPATH=scripts .venv/sam/bin/python -B -m deploy_web $(ARGS)

e2e-aws: builds .venv/sam/installed .venv/emulator/installed ## Deploy to an AWS emulator on this machine, and try everything there
	PYTHONPATH=scripts .venv/sam/bin/python -B -m e2e_aws

e2e-aws-web: .venv/sam/installed .venv/emulator/installed ## The part of it that is about the shop; nothing has to be built
	PYTHONPATH=scripts .venv/sam/bin/python -B -m e2e_aws web

# Link-time optimisation takes twice as long to build, so it is not what e2e-aws does.
e2e-aws-shipped: ## The same with the very binaries that make deploy ships
	CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 $(MAKE) e2e-aws

# What the template asks for by default. Too slow to be a part of CI.
arm64: builds .venv/sam/installed .venv/emulator/installed ## Build for arm64 as make deploy does, and try it as make e2e-aws does, under QEMU
	E2E_ARCHITECTURE=arm64 $(MAKE) e2e-aws-shipped

# Needs Docker, and `make run ARGS="--host 0.0.0.0"` in another terminal.
EVENT ?= events/courses/show_catalog.json
sam-local: .venv/sam/installed ## Invoke a function in Lambda's own runtime beside a running stack: make sam-local EVENT=events/..
	@PYTHONPATH=scripts .venv/sam/bin/python -B -m sam_local invoke $(EVENT)

sam-local-api: .venv/sam/installed ## The same for the whole API, on port 3100
	@PYTHONPATH=scripts .venv/sam/bin/python -B -m sam_local start-api $(ARGS)

e2e-sam-local: builds .venv/sam/installed ## Try both on a stack of their own
	PYTHONPATH=scripts .venv/sam/bin/python -B -m sam_local check

builds:
	@./scripts/prerequisites build

tools:
	@./scripts/prerequisites tools

.venv/%/installed: scripts/requirements/%.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(CLIENTS) $(GENERATOR) $(WEB): %/node_modules/.package-lock.json: %/package-lock.json
	npm ci --prefix $* --no-audit --no-fund --loglevel=error
	@touch $@

tests/%/node_modules/.package-lock.json: tests/%/package-lock.json
	npm ci --prefix tests/$* --no-audit --no-fund --loglevel=error
	@touch $@

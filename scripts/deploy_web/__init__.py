"""The shop on AWS: its stack, its configuration and its files: `make deploy-web`."""

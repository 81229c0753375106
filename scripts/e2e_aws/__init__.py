"""The real template, the real release binaries and the real IAM roles on an AWS emulator: `make e2e-aws`."""

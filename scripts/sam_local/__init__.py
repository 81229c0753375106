"""The functions in Lambda's own runtime, in containers beside a running local stack: `make sam-local`."""

"""Fuzzes a local stack: schemathesis makes requests from openapi.json, wrong ones too, and checks every answer."""

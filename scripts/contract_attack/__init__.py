"""The contract under attack: schemathesis makes requests of openapi.json, wrong ones too, and checks every answer."""

"""Brings a complete platform up on Docker and kind, and takes it down again: `make up`, `make down`."""

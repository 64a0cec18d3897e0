"""The rules, as plain functions that are handed a store."""

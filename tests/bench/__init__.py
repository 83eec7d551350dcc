"""Measurements. Each is a command, `uv run python -m tests.bench.NAME`, that prints a table."""

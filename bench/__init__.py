"""Benchmarks: each compares Freehold with a named peer in one interleaved run on this machine (docs/benchmarks.md).

Top of the tree: it may import everything and nothing imports it but the command `manage.py bench`.
"""

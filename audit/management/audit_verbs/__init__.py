"""Verbs of `manage.py audit` that have a module of their own."""

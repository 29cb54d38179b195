"""Verbs of `manage.py person` that are about many people."""

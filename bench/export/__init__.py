"""Copying one tenant out of many: Freehold's own copy against `pg_dump -n`."""

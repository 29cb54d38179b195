"""The services that Freehold brings along: its own PostgreSQL and Redis under `var/`, and the supervisor of `manage.py up`.

Used when no `DATABASE_URL` and no `REDIS_URL` is set. Everything here speaks over Unix sockets only and needs nothing installed.
"""

"""The manners of HTTP, the same for every app: access, errors, health, idempotency, pages, parsing, schema, views."""

"""Migrating many tenants: Freehold's fleet against `migrate_schemas` of stock django-tenants."""

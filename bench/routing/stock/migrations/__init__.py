"""The registry of stock django-tenants."""

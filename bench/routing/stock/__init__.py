"""The peer: a tenant and a domain model as the documentation of django-tenants 4.0.1 writes them."""

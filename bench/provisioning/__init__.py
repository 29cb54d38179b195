"""The benchmark `provisioning`: what a new tenant costs, against stock django-tenants with the same apps and migrations."""

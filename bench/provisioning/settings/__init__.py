"""One settings module per way in which stock django-tenants makes a schema."""

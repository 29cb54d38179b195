"""What tenant routing costs: Freehold against stock django-tenants and against no tenancy, and a whole request against an empty view."""

"""The database engine of every alias: Django's PostgreSQL backend that pulls the tenant at each cursor."""

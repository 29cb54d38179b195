"""The operator's commands over tenants, domains and cells."""

"""The registry of tenants, its doors and its commands."""

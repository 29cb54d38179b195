"""The tests. Real PostgreSQL and Redis, two tenants, nothing of ours mocked."""

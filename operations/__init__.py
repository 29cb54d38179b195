"""Work that outlives a request: its state, its progress, its result or the problem that stopped it.

An operation lives in the schema of the tenant that asked for it; provisioning a tenant is the platform's. Also keeps the answers of
idempotent requests.
"""

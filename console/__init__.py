"""The pages that people see: the tenant's console on its own host, the operator's on the operator's host.

A door like the API: each view asks one query or calls one action of another app, then shows a template. It holds no rule and no row.
"""

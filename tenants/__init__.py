"""Tenants, the hosts they answer at and the cells they live in; their life cycle from request to suspension.

Owns the registry in the home database, which holds routing and nothing about a person. What changes here is told in the trail of tenant
zero, `platform`, through a sealed outbox: home and platform's cell are two databases.
"""

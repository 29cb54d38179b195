"""Tests of the tenant context, the backend and the router."""

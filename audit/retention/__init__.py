"""Retention: how long entries are kept, what may go, and how it goes without breaking the log (ADR 28)."""

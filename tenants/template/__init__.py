"""The tables of a tenant as one SQL script: compiled once for each state of the code, replayed for each place (ADR 14)."""

from tenants.template.compiling import compiled, scripted
from tenants.template.limits import NotCompilable
from tenants.template.replaying import replay
from tenants.template.state import current_state, migrations

__all__ = ["NotCompilable", "compiled", "current_state", "migrations", "replay", "scripted"]

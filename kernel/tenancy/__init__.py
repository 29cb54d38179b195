"""Whose data this code may touch (design.md section 3): the context, the backend that pulls it, the router."""

from kernel.tenancy import cells
from kernel.tenancy.context import (
    HOME,
    PLATFORM_SLUG,
    NoTenant,
    Purpose,
    TenantRef,
    activate,
    atomic,
    current,
    current_alias,
    current_or_none,
    joining,
    migrating_home,
    outside,
)

__all__ = [
    "HOME",
    "PLATFORM_SLUG",
    "NoTenant",
    "Purpose",
    "TenantRef",
    "activate",
    "atomic",
    "cells",
    "current",
    "current_alias",
    "current_or_none",
    "joining",
    "migrating_home",
    "outside",
]

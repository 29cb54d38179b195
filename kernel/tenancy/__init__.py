"""Whose data this code may touch (design.md section 3): the context, the backend that pulls it, the router."""

from kernel.tenancy import breaker, cells
from kernel.tenancy.context import (
    HOME,
    PLATFORM_SLUG,
    NoTenant,
    Purpose,
    TenantRef,
    WrongTenant,
    activate,
    atomic,
    current,
    current_alias,
    current_id,
    current_or_none,
    current_purpose,
    joining,
    migrating_home,
    outside,
    rest,
)

__all__ = [
    "HOME",
    "PLATFORM_SLUG",
    "NoTenant",
    "Purpose",
    "TenantRef",
    "WrongTenant",
    "activate",
    "atomic",
    "breaker",
    "cells",
    "current",
    "current_alias",
    "current_id",
    "current_or_none",
    "current_purpose",
    "joining",
    "migrating_home",
    "outside",
    "rest",
]

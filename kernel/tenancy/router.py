"""Which database a model lives in: home for the registry, the active tenant's cell for everything else."""

from typing import Any

from django.conf import settings
from django.db.models import Model

from kernel.tenancy import context, records

# Asked several times per query; Django's lazy settings would cost more than the answer.
HOME_APPS = settings.HOME_APPS


class TenantRouter:
    """The one router. A tenant's model without a tenant is refused; relations never cross databases or tenants."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        """The alias to read a model from.

        Raises NoTenant for a tenant's model outside any tenant, WrongTenant when it is asked for in the name of a record of another tenant,
        as by its relations.
        """
        if model._meta.app_label in HOME_APPS:
            return context.HOME
        ref = context.current_or_none()
        if ref is None:
            raise context.NoTenant(f"{model._meta.label} was touched with no tenant active")
        if hints:
            records.require_own(hints.get("instance"))
        return ref.cell

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        """The alias to write a model to; the same as for reading, with the same refusals."""
        return self.db_for_read(model, **hints)

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        """Only rows of one side may point at each other: of home, or of the active tenant. Raises WrongTenant for another tenant's.

        A tenant's rows are told by their tenant and not by their database, which changes when the tenant moves.
        """
        if HOME_APPS & {first._meta.app_label, second._meta.app_label}:
            return first._state.db == second._state.db
        records.require_own(first)
        records.require_own(second)
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Home apps migrate home; all others migrate a cell, and only inside a tenant entered for migration."""
        if app_label in HOME_APPS:
            return db == context.HOME
        return db != context.HOME and context.is_migrating(db)

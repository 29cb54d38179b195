"""The base of every model that lives in tenants' schemas: a record remembers whose it is.

Ids are the same in a tenant and in a restored copy of it, so a record of one that is saved inside the other would overwrite a row without any
error. The record therefore remembers the id of the tenant that it was loaded or first saved in, and refuses to be used in another. It remembers
the tenant, not its place: a tenant that moves to another cell stays the same, and a record that was loaded before the move is saved at the new
place.
"""

from collections.abc import Collection, Iterable
from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import models

from kernel.tenancy import context
from kernel.tenancy.context import WrongTenant

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


def require_own(record: object) -> None:
    """Let a record pass that belongs to the active tenant, or to none yet. Raises WrongTenant."""
    remembered = getattr(record, "remembered_tenant", None)
    if remembered is not None and remembered != context.current_id():
        raise WrongTenant(f"a {type(record).__name__} of the tenant {remembered} was used in {context.current_id() or 'no tenant'}")


class TenantQuerySet(models.QuerySet[Row_co]):
    """Django's queryset; what it writes from records must be the active tenant's."""

    def bulk_create(self, objs: Iterable[Row_co], *args: Any, **options: Any) -> list[Row_co]:
        """As Django's. Raises WrongTenant."""
        created = super().bulk_create(_own(objs), *args, **options)
        for record in created:
            _remember(record)
        return created

    def bulk_update(self, objs: Iterable[Row_co], fields: Iterable[str], **options: Any) -> int:  # type: ignore[override]  # Django's argument without a name
        """As Django's. Raises WrongTenant."""
        return super().bulk_update(_own(objs), fields, **options)


class TenantModel(models.Model):
    """A row of a tenant. Loading it, or saving it for the first time, ties it to the active tenant.

    Saving, deleting, refreshing and linking it in another tenant, and following its relations or deferred fields there, raises WrongTenant. So
    do its copies and what comes out of a pickle. To take a row to another tenant, make a new one.
    """

    remembered_tenant: UUID | None = None

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        """The record of a row."""
        record = super().from_db(db, field_names, values)
        record.remembered_tenant = context.current_id()
        return record

    def save_base(self, *args: Any, **options: Any) -> None:
        """As Django's, which all ways of saving one record lead through. Raises WrongTenant."""
        require_own(self)
        super().save_base(*args, **options)
        _remember(self)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """As Django's. Raises WrongTenant."""
        require_own(self)
        return super().delete(*args, **options)

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: models.QuerySet[Self] | None = None
    ) -> None:
        """As Django's. Raises WrongTenant."""
        require_own(self)
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)


def _own(records: Iterable[Row_co]) -> list[Row_co]:
    listed = list(records)
    for record in listed:
        require_own(record)
    return listed


def _remember(record: Any) -> None:
    if record.remembered_tenant is None:
        record.remembered_tenant = context.current_id()

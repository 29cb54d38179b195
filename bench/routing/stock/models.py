"""Tenant and domain, after https://django-tenants.readthedocs.io/en/latest/install.html."""

from typing import ClassVar

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin  # noqa: TID251 - the peer itself


class Client(TenantMixin):
    """A tenant; its schema is made when it is saved."""

    name = models.CharField(max_length=100)
    created_on = models.DateField(auto_now_add=True)

    auto_create_schema = True

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host of a tenant."""

    objects: ClassVar[models.Manager["Domain"]] = models.Manager()

    def __str__(self) -> str:
        return str(self.domain)

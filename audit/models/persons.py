"""The keys under which the trail keeps what is personal."""

from django.db import models

from kernel import clock
from kernel.tenancy.records import TenantModel


class PersonKey(TenantModel):
    """The key of one person's data in entries; `ref` is what the entries call the person.

    `sealed` is the 32-byte key, sealed for the tenant. Empty, the person is forgotten: nobody can read their data again, and the row stays
    so that no new key is made for them.
    """

    ref = models.CharField(max_length=80, primary_key=True)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

"""A row of eight columns of usual kinds, as an ordinary product would have."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

ROWS = 100
READ_KEY = 7

if TYPE_CHECKING:
    Base = models.Model
else:
    # What each peer asks of its models: ours remember their tenant.
    Base = import_string(getattr(settings, "BENCH_MODEL", "django.db.models.Model"))


class Item(Base):
    """Something for sale. `name` holds the tenant's schema, so that an answer proves whose row was read."""

    name = models.TextField()
    reference = models.UUIDField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
    unit = models.TextField()
    description = models.TextField()
    changed_at = models.DateTimeField()
    stock = models.IntegerField()

    objects: ClassVar[models.Manager["Item"]] = models.Manager()

    def __str__(self) -> str:
        return self.name

"""A row of eight columns of usual kinds, as an ordinary product would have."""

from typing import ClassVar

from django.db import models

ROWS = 100
READ_KEY = 7


class Item(models.Model):
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

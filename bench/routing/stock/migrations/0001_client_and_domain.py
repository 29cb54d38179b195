"""The tables of the peer's registry."""

from typing import ClassVar

from django.db import migrations, models
from django_tenants.postgresql_backend.base import _check_schema_name  # noqa: TID251 - the peer itself


class Migration(migrations.Migration):
    """Tenants and their hosts."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [
        migrations.CreateModel(
            name="Client",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("schema_name", models.CharField(db_index=True, max_length=63, unique=True, validators=[_check_schema_name])),
                ("name", models.CharField(max_length=100)),
                ("created_on", models.DateField(auto_now_add=True)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Domain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("domain", models.CharField(db_index=True, max_length=253, unique=True)),
                ("is_primary", models.BooleanField(db_index=True, default=True)),
                ("tenant", models.ForeignKey(on_delete=models.CASCADE, related_name="domains", to="bench_stock.client")),
            ],
            options={"abstract": False},
        ),
    ]

"""The table of items."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("reference", models.UUIDField()),
                ("price", models.DecimalField(decimal_places=2, max_digits=12)),
                ("unit", models.TextField()),
                ("description", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("stock", models.IntegerField()),
            ],
        ),
    ]

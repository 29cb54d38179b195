"""A row for every region that a cell names so far."""

from typing import Any

from django.db import migrations


def add_regions(apps: Any, _editor: Any) -> None:
    """Take the names that stand in the cells; who knows the jurisdiction puts it right with `manage.py region change`."""
    region = apps.get_model("tenants", "Region")
    for code in apps.get_model("tenants", "Cell").objects.values_list("region", flat=True).distinct():
        region.objects.get_or_create(code=code, defaults={"jurisdiction": code, "label": code})


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_tenancy_in_depth")]

    operations = [migrations.RunPython(add_regions, migrations.RunPython.noop)]

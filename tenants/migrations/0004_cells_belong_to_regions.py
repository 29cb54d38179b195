"""A cell belongs to a region that exists."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_a_region_for_each_cell")]

    operations = [
        migrations.AlterField(
            model_name="cell",
            name="region",
            field=models.ForeignKey(
                db_column="region", on_delete=django.db.models.deletion.PROTECT, related_name="cells", to="tenants.region"
            ),
        ),
    ]

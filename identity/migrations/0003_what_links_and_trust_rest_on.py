"""A link to choose another password knows who made it, and a trusted browser by which proofs it is trusted.

Browsers that were trusted before know none, so each asks for a factor once more.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0002_identity_one"),
    ]

    operations = [
        migrations.AddField(
            model_name="passwordreset",
            name="issued_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.AddField(
            model_name="trusteddevice",
            name="amr",
            field=models.JSONField(db_default=[], default=list),
        ),
    ]

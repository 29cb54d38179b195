"""The product's actions for a terminal."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from tenants.management.tables.parts import headed
from tenants.models import ProductAction


def of_product_actions(actions: Iterable[ProductAction]) -> Table:
    """Versions of actions, one a line."""
    table = headed("Action", "Version", "Title", "Category", "Severity", "Personal", "Ended")
    for action in actions:
        ended = "" if action.retired_at is None else f"{action.retired_at:%Y-%m-%d}"
        personal = Text(", ".join(action.personal))
        table.add_row(
            Text(action.name), str(action.version), Text(action.title), action.category, str(action.severity), personal, ended
        )
    return table

"""The code's migrations, as seen from tables in a known state. No database is asked for it: the state is given."""

from typing import Any

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from tenants.tables import tenant_app_labels

Node = tuple[str, str]
"""A migration as (app, name)."""

Applied = frozenset[Node]
"""The state of a schema: the migrations that it notes as run."""


class _Loader(MigrationLoader):
    """Django's loader, told which migrations were run instead of asking. Squashed migrations are weighed against these as usual."""

    def __init__(self, applied: Applied) -> None:
        self._told: dict[Node, Any] = dict.fromkeys(applied)
        super().__init__(None)

    @property
    def applied_migrations(self) -> dict[Node, Any]:
        """What was told; Django adds the squashed ones whose parts are all there."""
        return self._told

    @applied_migrations.setter
    def applied_migrations(self, value: Any) -> None:
        """Django starts from an empty map, having no connection to ask."""


class History(MigrationExecutor):
    """Django's executor without a connection: it only says what is pending, and what the models were before."""

    def __init__(self, applied: Applied) -> None:
        self.loader = _Loader(applied)
        self.known = applied

    def pending(self) -> list[Migration]:
        """The migrations of tenants' tables that are missing, in the order in which they must run."""
        labels = tenant_app_labels()
        targets = [node for node in self.loader.graph.leaf_nodes() if node[0] in labels]
        wanted = {migration for migration, _ in self.migration_plan(targets)}
        everything = self.migration_plan(self.loader.graph.leaf_nodes(), clean_start=True)
        return [migration for migration, _ in everything if migration in wanted]

    def ahead(self) -> list[Node]:
        """Migrations that were run and that the code does not have: those of a newer release."""
        labels = tenant_app_labels()
        replaced = {node for migration in self.loader.replacements.values() for node in migration.replaces}
        return sorted(node for node in self.known - self.loader.graph.nodes.keys() - replaced if node[0] in labels)

    def present(self) -> ProjectState:
        """The models as the tables are now."""
        state: ProjectState = self._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # the stubs leave it out
        return state


def recorded(migration: Migration) -> list[Node]:
    """What is noted when a migration has run: itself, and all that it replaces."""
    return [*((app, name) for app, name in migration.replaces), (migration.app_label, migration.name)]

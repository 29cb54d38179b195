"""The place of the attacks: a log whose rows the attacker writes as the superuser, with every trigger and right switched off."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from audit import notes, signing_keys
from audit.chain import START, leaf_of, link
from audit.merkle import Frontier
from audit.models import SigningKey
from audit.sealing import mac_of
from kernel.tenancy import TenantRef

TABLES = ("audit_entry", "audit_queuedentry", "audit_seal", "audit_head", "audit_checkpoint", "audit_tile")
LOCK = "SELECT pg_advisory_lock(hashtextextended(%s, 7100))"
KEEP_HOME = "CREATE TEMP TABLE kept_head AS SELECT * FROM tenants_publishedhead WHERE tenant_id = {}"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 7100))"


@dataclass(slots=True)
class Siege:
    """A superuser's sessions in the cell of a tenant and in home, and a copy of the log's tables to go back to."""

    connection: psycopg.Connection[Any]
    home: psycopg.Connection[Any]
    ref: TenantRef
    _is_alone: bool = field(default=False)

    def begin(self) -> None:
        """Keep the log as it is. The sealer is kept from it, so that what waits goes on waiting."""
        self.connection.execute(sql.SQL("SET search_path = {}, pg_temp").format(sql.Identifier(self.ref.schema)))
        self.connection.execute("SET session_replication_role = replica")
        self.be_alone()
        for table in TABLES:
            self.connection.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE {table}")
        self.home.execute(sql.SQL(KEEP_HOME).format(sql.Literal(self.ref.id)))

    def be_alone(self) -> None:
        """Take the turn at the log, as a sealer does."""
        if not self._is_alone:
            self.connection.execute(LOCK, [self.ref.schema])
            self._is_alone = True

    def let_others(self) -> None:
        """Give the turn back."""
        if self._is_alone:
            self.connection.execute(UNLOCK, [self.ref.schema])
            self._is_alone = False

    def put_back(self) -> None:
        """Undo an attack."""
        self.be_alone()
        for table in TABLES:
            self.connection.execute(f"DELETE FROM {table}")
            self.connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        self.home.execute("DELETE FROM tenants_publishedhead WHERE tenant_id = %s", [self.ref.id])
        self.home.execute("INSERT INTO tenants_publishedhead SELECT * FROM kept_head")

    def do(self, statement: str, *values: Any) -> None:
        """Carry something out. Raises RuntimeError when it met no row: an attack that does nothing proves nothing."""
        if self.connection.execute(statement, values).rowcount == 0:
            raise RuntimeError(f"the attack met no row: {statement}")

    def texts(self) -> list[tuple[UUID, str]]:
        """The sealed entries in the order of the log."""
        found = self.connection.execute(
            "SELECT e.id, e.canonical FROM audit_seal s JOIN audit_entry e ON e.id = s.entry_id ORDER BY s.seq"
        )
        return [(row[0], row[1]) for row in found.fetchall()]

    def recompute(self) -> dict[int, tuple[bytes, bytes]]:
        """Write seals, head and roots of checkpoints anew from the entries, which takes no key; root and link by size."""
        chain, frontier, found = START, Frontier(), {}
        seals = []
        for seq, (entry_id, text) in enumerate(self.texts(), start=1):
            leaf = leaf_of(text)
            chain = link(chain, leaf)
            frontier.append(leaf)
            seals.append((seq, entry_id, leaf, chain))
            found[seq] = (frontier.root(), chain)
        self.connection.execute("DELETE FROM audit_seal")
        with self.connection.cursor() as cursor:
            cursor.executemany("INSERT INTO audit_seal VALUES (%s, %s, %s, %s, now())", seals)
        self.do("UPDATE audit_head SET size = %s, chain = %s, frontier = %s", frontier.size, chain, bytes(frontier))
        for size in self.sizes():
            root, end = found.get(size, found[frontier.size])
            self.do(
                "UPDATE audit_checkpoint SET root = %s, chain = %s, size = %s WHERE size = %s",
                root,
                end,
                min(size, frontier.size),
                size,
            )
        return found

    def sizes(self) -> list[int]:
        """Of what lengths there are checkpoints."""
        return [row[0] for row in self.connection.execute("SELECT size FROM audit_checkpoint ORDER BY size").fetchall()]

    def alter(self, entry_id: UUID) -> None:
        """Change the text of an entry and its columns alike."""
        self.do(
            "UPDATE audit_entry SET canonical = replace(canonical, 'thing_1', 'thing_9'), subject = 'thing_9' WHERE id = %s",
            entry_id,
        )

    def make_mac(self, entry_id: UUID) -> None:
        """Give an entry the MAC of its text, with the installation's key."""
        row = self.connection.execute("SELECT canonical FROM audit_entry WHERE id = %s", [entry_id]).fetchone()
        self.do("UPDATE audit_entry SET mac = %s WHERE id = %s", mac_of(row[0] if row else ""), entry_id)

    def sign_again(self) -> None:
        """Sign every checkpoint anew, with the log's own key, and have home remember the last one."""
        key = SigningKey.objects.get()
        for size, root in self.connection.execute("SELECT size, root FROM audit_checkpoint ORDER BY size").fetchall():
            note = signed(notes.CheckpointText(origin=key.origin, size=size, root=bytes(root)), key=key)
            self.do("UPDATE audit_checkpoint SET note = %s WHERE size = %s", note, size)
            self.home.execute(
                "UPDATE tenants_publishedhead SET size = %s, root = %s, note = %s WHERE tenant_id = %s",
                [size, root, note, self.ref.id],
            )


def signed(text: notes.CheckpointText, *, key: SigningKey) -> str:
    """A checkpoint that the log's key signs, whatever it says."""
    return signing_keys.signed(notes.checkpoint_text(text), key=key)

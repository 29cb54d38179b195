"""JSON Lines: one object per line, the entry as it is shown, beside its place in the log."""

import orjson

from audit.formats.lines import Line


class Jsonl:
    """`{"tenant", "tenant_slug", "epoch", "seq", "leaf", "chain", "entry": {…}}`, UTF-8, ended by LF. JSON escapes what could end a line."""

    media_type = "application/x-ndjson"
    extension = "jsonl"

    def header(self) -> bytes:
        """Nothing."""
        return b""

    def one(self, line: Line) -> bytes:
        """One line."""
        return orjson.dumps(record(line), option=orjson.OPT_APPEND_NEWLINE)


def record(line: Line) -> dict[str, object]:
    """The object itself, for those who wrap it."""
    return {
        "tenant": line.tenant_id,
        "tenant_slug": line.tenant_slug,
        "epoch": line.epoch,
        "seq": line.seq,
        "leaf": line.leaf,
        "chain": line.chain,
        "entry": line.document,
    }

"""What libpq answers, as psycopg's own cursors would tell it."""

from typing import Any

from psycopg import OperationalError, errors, pq

OK = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


def done(result: Any) -> Any:
    """The result of a statement that went well. Raises psycopg's error for its SQLSTATE; OperationalError without one: the server is gone."""
    if result.status in OK:
        return result
    if result.error_field(pq.DiagnosticField.SQLSTATE) is None:
        raise OperationalError(result.error_message.decode(errors="replace").strip())
    raise errors.error_from_result(result, encoding="utf-8")

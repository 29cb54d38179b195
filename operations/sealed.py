"""What this app keeps sealed: the secret parts of results, such as a link that lets somebody in."""

from kernel.sealing import SealedColumn

SEALED = (SealedColumn("operations_operation", "sealed_result", lambda key, _beside: f"operations.operation:{key}"),)

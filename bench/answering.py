"""The peer's side of `bench.workers.listening`: one JSON order per line of standard input, one line of JSON as its answer."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any


def answer_orders(functions: Mapping[str, Callable[..., dict[str, Any]]]) -> None:
    """Answer orders until standard input ends; `do` names the function, and all else that stands in an order is its arguments.

    What the functions print goes to standard error, so that standard output holds answers alone.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        order = json.loads(line)
        answers.write(json.dumps(functions[order.pop("do")](**order)) + "\n")
        answers.flush()

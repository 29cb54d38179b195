"""The processes that are measured: `python -m bench.audit.worker`. They read one JSON order per line and answer each with one line.

They run in the scratch installation that FREEHOLD_VAR names, so that Freehold's own code works there as it does in a worker.
"""

import django

django.setup()

from bench.answering import answer_orders  # noqa: E402  (Django must be ready)
from bench.audit import adding, alerting, making, reading, taking, writing  # noqa: E402

if __name__ == "__main__":
    answer_orders(
        {
            "prepare": making.prepare,
            "places": making.prepare_places,
            "add": adding.added,
            "start": writing.start,
            "count": writing.count,
            "finish": writing.finish,
            "take": taking.take,
            "post": taking.post,
            "size": taking.size,
            "seal": reading.seal,
            "verify": reading.verify,
            "prove": reading.prove,
            "explore": reading.explore,
            "lags": reading.lags,
            "alerts": reading.alerts,
            "pending": reading.pending,
            "compare": reading.compare,
            "reconnect": reading.reconnect,
            "disk": reading.disk,
            "provoke": alerting.provoke,
        }
    )

"""The process of one side: `python -m bench.fleet.worker`. It reads one JSON order per line and answers each with one line.

DJANGO_SETTINGS_MODULE says which side it is.
"""

import importlib
import os

import django

from bench.answering import answer_orders

SIDES = {"bench.fleet.settings_ours": "bench.fleet.ours", "bench.fleet.settings_stock": "bench.fleet.stock"}


def main() -> None:
    """Answer orders until standard input ends."""
    django.setup()
    side = importlib.import_module(SIDES[os.environ["DJANGO_SETTINGS_MODULE"]])
    answer_orders({"prepare": side.prepare, "migrate": side.migrate})


if __name__ == "__main__":
    main()

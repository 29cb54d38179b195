"""The Celery app, its queues and its timetable. Tasks are named, never imported."""

import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

QUEUES = ("now", "soon", "bulk")
EXCHANGE = Exchange("freehold", type="direct")
TIMETABLE: dict[str, dict[str, Any]] = {
    "audit.sweep": {"task": "audit.sweep", "schedule": 5.0, "options": {"queue": "soon", "expires": 5}},
    "audit.tick": {"task": "audit.tick", "schedule": 60.0, "options": {"queue": "soon", "expires": 60}},
    "audit.make_partitions": {
        "task": "audit.make_partitions",
        "schedule": crontab(hour="1", minute="23"),
        "options": {"queue": "bulk", "expires": 3600},
    },
    "audit.verify_all": {
        "task": "audit.verify_all",
        "schedule": crontab(hour="2", minute="41"),
        "options": {"queue": "bulk", "expires": 3600},
    },
    "audit.tidy_exports": {"task": "audit.tidy_exports", "schedule": 3600.0, "options": {"queue": "bulk", "expires": 3600}},
    "audit.sweep_forgotten": {"task": "audit.sweep_forgotten", "schedule": 3600.0, "options": {"queue": "bulk", "expires": 3600}},
    "audit.anchor": {"task": "audit.anchor", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
    "audit.prune": {
        "task": "audit.prune",
        "schedule": crontab(hour="4", minute="11"),
        "options": {"queue": "bulk", "expires": 3600},
    },
    "operations.sweep": {"task": "operations.sweep", "schedule": 10.0, "options": {"queue": "soon", "expires": 10}},
    "operations.tidy": {"task": "operations.tidy", "schedule": 3600.0, "options": {"queue": "bulk", "expires": 3600}},
    "tenants.purge_due": {"task": "tenants.purge_due", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
    "tenants.backup_due": {"task": "tenants.backup_due", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
    "tenants.drill": {
        "task": "tenants.drill",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"queue": "bulk", "expires": 3600},
    },
    "tenants.settle_moves": {"task": "tenants.settle_moves", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
    "tenants.drop_leftovers": {"task": "tenants.drop_leftovers", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
    "tenants.sweep": {"task": "tenants.sweep", "schedule": 15.0, "options": {"queue": "soon", "expires": 15}},
    "tenants.refill": {"task": "tenants.refill", "schedule": 30.0, "options": {"queue": "bulk", "expires": 30}},
    "tenants.check_domains": {"task": "tenants.check_domains", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
    "identity.retire_keys": {"task": "identity.retire_keys", "schedule": 3600.0, "options": {"queue": "bulk", "expires": 3600}},
    "identity.sweep_inactive": {
        "task": "identity.sweep_inactive",
        "schedule": crontab(hour="4", minute="11"),
        "options": {"queue": "bulk", "expires": 3600},
    },
    "identity.settle_secrets": {"task": "identity.settle_secrets", "schedule": 900.0, "options": {"queue": "bulk", "expires": 900}},
    "identity.tidy_attempts": {
        "task": "identity.tidy_attempts",
        "schedule": crontab(hour="3", minute="47"),
        "options": {"queue": "bulk", "expires": 3600},
    },
    "identity.tidy_roles": {
        "task": "identity.tidy_roles",
        "schedule": crontab(hour="3", minute="29"),
        "options": {"queue": "bulk", "expires": 3600},
    },
    "identity.flush_last_used": {"task": "identity.flush_last_used", "schedule": 60.0, "options": {"queue": "bulk", "expires": 60}},
}

app = Celery("freehold")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    # Each with its own key: queues that share one would all get every message.
    task_queues=[Queue(name, EXCHANGE, routing_key=name) for name in QUEUES],
    task_default_queue="soon",
    task_default_exchange=EXCHANGE.name,
    task_default_routing_key="soon",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=1,
    # A broker redelivers what a dead worker held after this; the sweeps find it long before.
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "max_retries": 0,
        # `now` before `soon` before `bulk`, as a worker names them: a seal is not kept waiting by what may wait.
        "queue_order_strategy": "priority",
    },
    beat_schedule=TIMETABLE,
    timezone="UTC",
    # Celery closes all connections around each task unless told how many tasks may share them; our tasks let go of those that are worn or dead.
    CELERY_DB_REUSE_MAX=sys.maxsize,
)
app.autodiscover_tasks()

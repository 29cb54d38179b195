"""The composition root: the only place that names everything; nobody imports it."""

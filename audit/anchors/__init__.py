"""Anchors: where checkpoints are kept outside this installation, so that nobody who owns it can rewrite what was (docs/anchors.md)."""

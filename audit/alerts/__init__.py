"""Watching the trail: rules in Sigma, matched in process over sealed entries, and who is told of what they find (ADR 27)."""

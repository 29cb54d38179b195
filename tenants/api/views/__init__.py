"""The registry over HTTP: parse, one query or action, shape."""

"""One settings module per peer. All share the server, the model, the views and persistent connections."""

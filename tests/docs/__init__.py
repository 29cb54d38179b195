"""The papers: complete, current, and with links that lead somewhere."""

"""Connections that can be ended, answers of a bounded size, and a small web server."""

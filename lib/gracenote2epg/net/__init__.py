"""Connections that can be ended, answers of a bounded size, messages, and a small web server."""

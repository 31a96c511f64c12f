"""Connections that can be ended, answers of a bounded size, messages, and a small web server."""

# Causes of a network failure with their own advice. Here, as errors.py loads requests.
NO_NAME, REFUSED, TLS, PROXY = "no name", "connection refused", "tls", "proxy"

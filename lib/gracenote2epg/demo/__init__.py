"""A made-up world and a plain server of it, for ``--demo``.

The tests' fake server (tests/fake_gracenote) builds on it. It imports only the clock from the rest
of the package, so it cannot share the parser's mistakes. The add-on's zip does not contain it.
"""

"""The commands in this process with the test's clock; where a test is slow, as processes."""

import os

import pytest


@pytest.fixture
def file(terminal):
    return os.path.join(terminal.home, ".xmltv", "tv_grab_gracenote2epg.conf")


@pytest.fixture
def called(terminal, server, prepared):
    """Call it with variables: the result of the first call of the grabber with them."""

    def call(**variables):
        def first(home):
            terminal.move(home)
            return terminal.grab(**variables)

        home, result = prepared(first, *variables.items())
        terminal.move(home)
        server.reset_counts()
        return result

    return call


@pytest.fixture
def unclear():
    """Rows are words, exit code, part of the line, and maybe variables. Returns those that did not
    end with that code and that line only."""

    def failures(run, rows):
        wrong = []
        for words, code, line, *variables in rows:
            result = run(*words, **dict(*variables))
            actual = (result.code, result.out, line in result.err, "Traceback" in result.err)
            wrong += [] if actual == (code, "", True, False) else [(words, vars(result))]
        return wrong

    return failures

"""``launch.py FILE PROGRAM WORD…``: run a program and write what it used to FILE, as JSON.

Run with ``-I -S`` it has some 8 MiB itself; that is the floor of the peak it can tell.
"""

import json
import os
import sys
import time


def main(told: str, *command: str) -> int:
    began = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    with open(told, "w", encoding="utf-8") as file:
        cpu = used.ru_utime + used.ru_stime
        json.dump({"wall": wall, "cpu": cpu, "maxrss": used.ru_maxrss}, file)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1


sys.exit(main(*sys.argv[1:]))

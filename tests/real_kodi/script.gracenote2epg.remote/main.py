"""Runs the file named by its argument inside Kodi, and writes beside it what ``result`` is then."""

import json
import os
import sys
import traceback

path = sys.argv[1]
space = {}
try:
    with open(path, encoding="utf-8") as file:
        exec(file.read(), space)
    answer = {"result": space.get("result")}
except BaseException:
    answer = {"error": traceback.format_exc()}
with open(f"{path}.new", "w", encoding="utf-8") as file:
    json.dump(answer, file)
os.replace(f"{path}.new", f"{path}.json")

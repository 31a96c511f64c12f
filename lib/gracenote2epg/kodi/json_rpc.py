"""Kodi's JSON-RPC, from within."""

import json
from typing import Any, Dict

import xbmc


def call(method: str, **params: Any) -> Dict[str, Any]:
    """The result; {} when Kodi refuses, as it does for an add-on that is not there."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = json.loads(xbmc.executeJSONRPC(json.dumps(request)))
    result = answer.get("result")
    return result if isinstance(result, dict) else {}

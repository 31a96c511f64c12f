"""Kodi's JSON-RPC, called in-process."""

import json
from typing import Any, Dict

import xbmc


def call(method: str, **params: Any) -> Dict[str, Any]:
    """The result; {} if it is not an object, or Kodi refuses, as for an add-on that is missing."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    result = json.loads(xbmc.executeJSONRPC(json.dumps(request))).get("result")
    return result if isinstance(result, dict) else {}

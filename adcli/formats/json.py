"""Strict JSON, one object on one line: floats as `repr` writes them, so they read back bit for bit."""

import json
from typing import Any

from . import Screen


def render(result: Any, screen: Screen) -> str:
    return json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False, separators=(", ", ": ")) + "\n"

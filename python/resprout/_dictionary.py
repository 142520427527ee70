"""What a process keeps for itself, and says of itself."""

from __future__ import annotations

from resprout import _native

set_label = _native.set_label
get_label = _native.get_label
put = _native.put
get = _native.get
erase = _native.erase
get_keys = _native.get_keys

__all__ = ["erase", "get", "get_keys", "get_label", "put", "set_label"]

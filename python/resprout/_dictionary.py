"""What a process keeps for itself, and says of itself."""

from __future__ import annotations

from resprout import _native
from resprout._forms import returning

set_label = _native.set_label
get_label = _native.get_label
put = _native.put
get = _native.get
erase = _native.erase
get_keys = _native.get_keys

try_set_label = returning(set_label)
try_get_label = returning(get_label)
try_put = returning(put)
try_get = returning(get)
try_erase = returning(erase)
try_get_keys = returning(get_keys)

__all__ = [
    "erase",
    "get",
    "get_keys",
    "get_label",
    "put",
    "set_label",
    "try_erase",
    "try_get",
    "try_get_keys",
    "try_get_label",
    "try_put",
    "try_set_label",
]

"""Objects of certain classes that are alive in this process.

Engines, clients and exporters are kept where an application likes: in modules,
closures, `app.state`, a loop's locals. No library lists them, so the garbage
collector is asked: it knows every object that can hold others. What an
application has hidden from it by `gc.freeze` is not found.
"""

import gc
from collections.abc import Collection
from typing import Any


def living(*kinds: type) -> list[Any]:
    """The instances of *kinds* and of their subclasses.

    Args:
        kinds: Classes whose instances hold other objects.
    """
    # Engines that nothing refers to any more are none.
    gc.collect()
    wanted = frozenset(kinds)
    # By identity: a metaclass may forbid hashing its classes.
    known: dict[int, bool] = {}
    return [thing for thing in gc.get_objects() if _is_wanted(type(thing), wanted, known)]


def _is_wanted(kind: type, wanted: Collection[type], known: dict[int, bool]) -> bool:
    # Not isinstance, which runs code of proxies, and fills the caches of abstract classes with every class there is.
    found = known.get(id(kind))
    if found is None:
        found = known[id(kind)] = any(base is one for base in kind.__mro__ for one in wanted)
    return found

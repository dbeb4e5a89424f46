"""What kind of function user code hands to us."""

import inspect


def is_coroutine_function(function: object) -> bool:
    """Whether a call of *function* makes a coroutine; also of partial functions and of objects that are callable."""
    if inspect.iscoroutinefunction(function):
        return True
    return callable(function) and inspect.iscoroutinefunction(function.__call__)

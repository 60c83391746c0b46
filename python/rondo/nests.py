"""Nested structures of arrays: lists, tuples, named tuples and dicts, whose leaves are everything else.

Leaves come in order; those of a dict by sorted key, as TensorFlow and JAX have them.
"""

from __future__ import annotations

import copy
from typing import Any, Iterator


def is_nest(value: Any) -> bool:
    """Whether the value has parts rather than being a leaf."""
    return isinstance(value, (list, tuple, dict))


_DEEPEST = 100  # levels, of which nobody has a dozen: more of them are a list within itself


def flatten(nest: Any, what: str = "a nest") -> list:
    """The leaves, from left to right. ValueError, which calls the nest `what`, where it is too deep to have an end."""
    leaves: list = []
    _flatten(nest, leaves, what, 0)
    return leaves


def _flatten(nest: Any, leaves: list, what: str, depth: int) -> None:
    if not isinstance(nest, (list, tuple, dict)):
        leaves.append(nest)
        return
    if depth == _DEEPEST:
        raise ValueError(f"{what}: lists, tuples and dicts within one another are more than {_DEEPEST} deep; "
                         "does one of them contain itself?")
    for part in ([nest[key] for key in sorted(nest)] if isinstance(nest, dict) else nest):
        if isinstance(part, (list, tuple, dict)):
            _flatten(part, leaves, what, depth + 1)
        else:
            leaves.append(part)


def paths(nest: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf with its place as dotted words: "left", "0.bias"; "" for a nest that is a leaf itself."""
    if not is_nest(nest):
        yield path, nest
        return
    for key, part in _parts(nest):
        yield from paths(part, f"{path}.{key}" if path else key)


def pack(like: Any, leaves: list) -> Any:
    """The leaves in the structure of `like`."""
    return _pack(like, iter(leaves))


def same_structure(a: Any, b: Any) -> bool:
    """Whether both have leaves at the same places. Lists and tuples, named or not, count as the same;
    dicts have the same keys."""
    if not is_nest(a) or not is_nest(b):
        return is_nest(a) == is_nest(b)
    if isinstance(a, dict) != isinstance(b, dict) or len(a) != len(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_structure(a[key], b[key]) for key in a)
    return all(same_structure(part, match) for part, match in zip(a, b))


def describe(nest: Any, depth: int = 0) -> str:
    """The structure with a dot for each leaf: "[., (., .)]"; what is deeper than ten levels left out."""
    if not is_nest(nest):
        return "."
    if depth == 10:
        return "..."
    if isinstance(nest, dict):
        return "{" + ", ".join(f"{key!r}: {describe(nest[key], depth + 1)}" for key in sorted(nest)) + "}"
    inner = ", ".join(describe(part, depth + 1) for part in nest)
    return f"[{inner}]" if isinstance(nest, list) else f"({inner}{',' if len(nest) == 1 else ''})"


def _parts(nest: Any) -> list[tuple[str, Any]]:
    if isinstance(nest, dict):
        return [(str(key), nest[key]) for key in sorted(nest)]
    if hasattr(nest, "_fields"):
        return list(zip(nest._fields, nest))
    return [(str(index), part) for index, part in enumerate(nest)]


def _pack(like: Any, rest: Iterator) -> Any:
    if not is_nest(like):
        return next(rest)
    if isinstance(like, dict):
        packed = copy.copy(like)  # keys in their order, and what else there is to a dict of another class
        packed.update((key, _pack(like[key], rest)) for key in sorted(like))
        return packed
    parts = [_pack(part, rest) for part in like]
    if hasattr(like, "_fields"):
        return type(like)(*parts)
    return type(like)(parts)

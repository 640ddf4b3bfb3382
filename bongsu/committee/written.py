"""YAML as people write it by hand, read nearly as YAML 1.2 reads it (core schema), with days.

``on``, ``NO`` and ``yes`` are words there and no switches (``region: ON`` is Ontario), ``1e6`` is a number, ``010`` is ten. Other
than there, digits may be parted (``1_000``), and numbers that are not decimal (``0x10``, ``0o17``) are words. A key that is given
twice is an error, so that nothing written is dropped in silence.
"""

from __future__ import annotations

import re
from typing import Any

import yaml


class WrittenError(ValueError):
    """A text that is no YAML; ``line`` says where, counted from one (None = not known), ``what`` why."""

    def __init__(self, what: str, line: int | None = None) -> None:
        self.what, self.line = what, line
        super().__init__(f"line {line}: {what}" if line is not None else what)


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2, days, and keys that are texts and stand once."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            continue
        name = loader.construct_object(key, deep=True)
        if isinstance(name, (list, dict)):
            raise yaml.constructor.ConstructorError(None, None, f"the key {name!r} is no text", key.start_mark)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{name!r} is given twice", key.start_mark)
        seen.add(name)
    # What is merged in with << comes first, so that what stands in the mapping itself counts.
    loader.flatten_mapping(node)
    return {loader.construct_object(k, deep=True): loader.construct_object(v, deep=True) for k, v in node.value}


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(str(loader.construct_scalar(node)).replace("_", ""))


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    text = str(loader.construct_scalar(node)).lower().replace("_", "")
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_KINDS = ("bool", "int", "float")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] not in _KINDS]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9][0-9_]*", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"^(?:{_pattern})$"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def read_yaml(text: str) -> Any:
    """Plain data in a text.

    Raises:
        WrittenError: it is no YAML, gives a key twice, or holds a day that is none.
    """
    try:
        return yaml.load(text.removeprefix("\ufeff"), _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise WrittenError(str(getattr(error, "problem", None) or error), mark.line + 1 if mark else None) from None
    except ValueError as error:
        # A day such as 2026-13-01 has the form of a date and is none.
        raise WrittenError(f"holds a date that is none ({error}); write days as 2026-11-28") from None
    except RecursionError:
        raise WrittenError("is nested too deeply") from None


class _Dumper(yaml.SafeDumper):
    """Quotes what either version of YAML would take for something else than a text."""


_FLOAT = next(found for tag, found in _Loader.yaml_implicit_resolvers["1"] if tag.endswith("float"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def as_yaml_text(data: Any) -> str:
    """Plain data as YAML that :func:`read_yaml`, and readers of YAML 1.1, read back as it is."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)

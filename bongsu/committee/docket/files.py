"""Items as text: YAML, or Markdown with YAML front matter; and a folder of them as a docket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bongsu.committee.docket.item import Item, Text
from bongsu.committee.written import WrittenError, as_yaml_text, read_yaml

MARK = "---"
SUFFIXES = (".md", ".yaml", ".yml")


class DocketError(ValueError):
    """Items that cannot be used; ``problems`` lists everything that is wrong, with file and field."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def parse(text: str, name: str) -> Item:
    """An item from the text of a file; a name that ends in ``.md`` has YAML front matter, any other is YAML.

    Raises:
        DocketError: anything is wrong with it.
    """
    front, body = _parted(text, name) if name.endswith(".md") else (text, None)
    try:
        data = read_yaml(front)
    except WrittenError as error:
        if error.line is None:
            raise DocketError([f"{name}: {error.what}."]) from None
        line = error.line + (body is not None)
        raise DocketError([f"{name}, line {line}: is not YAML ({error.what})."]) from None
    if not isinstance(data, Mapping):
        raise DocketError([f"{name}: holds no fields; write docket, id, title, question, opened and owner."])
    if body is not None and "body" in data:
        raise DocketError([f"{name}, body: stands in the front matter and below it; keep the text below."])
    try:
        return Item.model_validate({**data, **({"body": body} if body else {})})
    except ValidationError as error:
        raise DocketError([f"{name}, {text}" for text in sentences(error)]) from None


def _parted(text: str, name: str) -> tuple[str, str]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != MARK:
        raise DocketError([f"{name}, line 1: does not begin with {MARK}; put the fields between two lines of {MARK}."])
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == MARK), None)
    if end is None:
        raise DocketError([f"{name}: the front matter does not end; close it with a line of {MARK}."])
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]).strip("\n")


def sentences(error: ValidationError) -> list[str]:
    """What is wrong with fields, one sentence for each; a field that may be of two kinds is told once."""
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_context=False):
        where = ".".join(str(part) for part in one["loc"] if not _is_kind(part)) or "item"
        what = str(one["msg"]).removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            what = "is no field of the form; `bongsu docket schema` lists them"
        elif one["type"] == "missing":
            what = "is missing"
        elif one["type"] == "string_pattern_mismatch":
            what = f"{one['input']!r} is no name; use small letters, digits and hyphens, such as lfp-canada"
        elif one["type"].startswith("date_"):
            what = f"{one['input']!r} is no day; write it as 2026-11-28"
        found.setdefault(where, f"{where}: {what}.")
    # A text may be one, or one for each language: where a language is told, the whole is not.
    return [text for where, text in found.items() if not any(other.startswith(f"{where}.") for other in found)]


def _is_kind(part: Any) -> bool:
    """Whether a part of a place is pydantic's name of a kind, not a field."""
    return isinstance(part, str) and ("[" in part or part in ("str", "constrained-str"))


def as_yaml(item: Item) -> str:
    """The item as YAML; fields that are empty are left out."""
    return _dumped(_plain(item))


def as_markdown(item: Item) -> str:
    """The item as Markdown with front matter."""
    plain = _plain(item)
    body = plain.pop("body", "")
    text = f"{MARK}\n{_dumped(plain)}{MARK}\n"
    return f"{text}\n{body}\n" if body else text


def text_of(item: Item, name: str) -> str:
    """The item in the form that the name of a file asks for."""
    return as_markdown(item) if name.endswith(".md") else as_yaml(item)


def _plain(item: Item) -> dict[str, Any]:
    full = item.model_dump(mode="python", exclude_defaults=True)
    return {"docket": item.docket, **{key: _listed(value) for key, value in full.items() if key != "docket"}}


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, (list, tuple)) else value


def _dumped(data: Any) -> str:
    return as_yaml_text(data)


@dataclass(frozen=True)
class Docket:
    """The items of a folder, by identifier, with the file of each."""

    items: Mapping[str, Item]
    files: Mapping[str, Path]

    @classmethod
    def read(cls, folder: str | Path) -> Docket:
        """Read every item of a folder; files whose name begins with a dot or an underscore, and README.md, are left out.

        Raises:
            DocketError: an item cannot be read, or two have one identifier; it lists everything that is wrong.
        """
        root, wrong = Path(folder), list[str]()
        items: dict[str, Item] = {}
        files: dict[str, Path] = {}
        if not root.is_dir():
            raise DocketError(
                [f"{root}: is no folder; give the folder of the docket, or begin one with `bongsu docket new`."]
            )
        for path in sorted(root.iterdir()):
            if path.suffix not in SUFFIXES or path.name[0] in "._" or path.name == "README.md":
                continue
            try:
                item = parse(path.read_text(encoding="utf-8"), path.name)
            except UnicodeDecodeError:
                wrong.append(f"{path.name}: is not UTF-8; save it as UTF-8.")
                continue
            except DocketError as error:
                wrong += error.problems
                continue
            if item.id != path.stem:
                wrong.append(
                    f"{path.name}, id: the item is called {item.id!r}, its file {path.stem!r}; make them the same."
                )
            elif item.id in items:
                wrong.append(f"{path.name}: {files[item.id].name} holds an item of the same name; keep one.")
            else:
                items[item.id], files[item.id] = item, path
        if wrong:
            raise DocketError(wrong)
        return cls(items, files)


def cautions(item: Item, today: dt.date) -> list[str]:
    """What a reader should know of an item that can be read: what is late, what is missing, what speaks not all languages."""
    found = []
    state = item.state(today)
    if state == "overdue":
        found.append(f"{item.id}: is open and was due on {item.due}.")
    found += [
        f"{item.id}, followup {at}: is not done and was due on {step.due}."
        for at, step in enumerate(item.followup, 1)
        if step.done is None and step.due is not None and step.due < today
    ]
    if item.decision is None and item.due is None:
        found.append(f"{item.id}, due: is missing; an open question needs a day.")
    if not item.options:
        found.append(f"{item.id}, options: there are none to decide between.")
    if not item.figures:
        found.append(f"{item.id}, figures: there are none; carry some with `bongsu docket new --from`.")
    for field, text in (("title", item.title), ("question", item.question)):
        missing = _missing(text)
        if missing:
            found.append(f"{item.id}, {field}: has no text in {', '.join(missing)}.")
    return found


def _missing(text: Text) -> list[str]:
    return [] if isinstance(text, str) else [language for language in ("en", "ko", "fr") if language not in text]

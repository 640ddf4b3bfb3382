"""Records of facts from YAML, JSON and CSV, and what is wrong with them as sentences."""

from __future__ import annotations

import datetime as dt
import json
import re
import textwrap
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import BaseModel, ValidationError

from bongsu.atlas.read import decode, parse_date
from bongsu.cli.shell import BadInput, say
from bongsu.law import Finding, LawOn, NotInLaw
from bongsu.law.read import _Loader, _plain
from bongsu.law.regime import Regime
from bongsu.law.registry import UnknownRegime, regime

#: Options of ``bongsu law duty`` by the field they fill.
OPTIONS = {
    "hs": "--hs",
    "origin": "--from",
    "destination": "--to",
    "preference": "--preference",
    "use": "--use",
    "value": "--value",
    "us_content": "--us-content",
    "exporter": "--exporter",
}
#: Sentences about rows of a table that are printed before the rest is only counted.
_MOST = 20


def chosen(name: str) -> Regime:
    """The regime of a name, or a sentence that names those there are."""
    try:
        return regime(name)
    except UnknownRegime as error:
        raise BadInput(str(error)) from None


# Reading -----------------------------------------------------------------------------------------------------------------


def read(path: Path, asked: Regime) -> BaseModel:
    """One record of facts from a YAML or JSON file."""
    try:
        text = decode(path.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}; give facts as YAML, JSON or CSV") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not text; save it as UTF-8") from None
    try:
        if path.suffix.lower() == ".json":
            raw = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        else:
            raw = yaml.load(text, Loader=_Loader)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path.name}, line {error.lineno}: this is not JSON ({error.msg}); mind commas and quotes"
        ) from None
    except (yaml.YAMLError, InvalidOperation) as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise BadInput(f"{path.name}{line}: this is not YAML ({problem or error}); mind indents and quotes") from None
    if not isinstance(raw, dict):
        raise BadInput(
            f"{path.name} holds no record of facts; write one field a line, as `bongsu law schema {asked.name} --template` shows"
        )
    return record(asked, raw, path.name)


def record(asked: Regime, raw: Mapping[str, Any], where: str, names: Mapping[str, str] | None = None) -> BaseModel:
    """The typed record of a mapping; every mistake in it is one sentence of the error."""
    try:
        return asked.record.model_validate(_plain(dict(raw)))
    except ValidationError as error:
        said = list(dict.fromkeys(sentences(error, asked.record, raw, where, names)))
        raise BadInput(
            "\n  ".join(said) if len(said) == 1 else "\n  ".join(["the facts cannot be used.", *said])
        ) from None


def dates(facts: BaseModel) -> dict[str, dt.date]:
    """Dates of a record by field, those of records within it among them: each decides what its clock governs."""
    found: dict[str, dt.date] = {}
    for name in type(facts).model_fields:
        value = getattr(facts, name)
        if isinstance(value, dt.date):
            found.setdefault(name, value)
        elif isinstance(value, BaseModel):
            found = {**dates(value), **found}
    return found


def tested(asked: Regime, facts: BaseModel, law: LawOn) -> Finding:
    """What the test says of a record."""
    try:
        return asked.test(facts, law)
    except NotInLaw as error:
        raise BadInput(f"{error}; ask about another day") from None
    except ValueError as error:
        raise BadInput(str(error).removesuffix(".")) from None


# Sentences ---------------------------------------------------------------------------------------------------------------


def sentences(
    error: ValidationError,
    model: type[BaseModel],
    raw: Mapping[str, Any],
    where: str,
    names: Mapping[str, str] | None = None,
) -> Iterable[str]:
    """Each mistake of a record as one sentence: file and line, field, value, and what to do."""
    told: set[str] = set()
    for one in error.errors():
        loc = [part for part in one["loc"] if isinstance(part, int) or _is_field(part)]
        line = _line(raw, loc)
        place = f"{where}, line {line}: " if line else f"{where}: " if names is None else ""
        field = _spelled(loc, names)
        # A value that may be of several kinds is wrong for each of them; one sentence says enough.
        if field in told and one["type"] != "missing":
            continue
        told.add(field)
        yield place + _sentence(one, field, model, loc)


def _is_field(part: Any) -> bool:
    # Pydantic puts the tags of unions and the names of records and validators among the places.
    tags = ("str", "decimal", "date", "bool", "function-after")
    return isinstance(part, str) and "[" not in part and part not in tags and not part[:1].isupper()


def _spelled(loc: Iterable[Any], names: Mapping[str, str] | None) -> str:
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f" {part + 1}"
        else:
            text += f"{', ' if text else ''}{(names or {}).get(part, part)}"
    return text


def _line(raw: Any, loc: Iterable[Any]) -> int | None:
    line = raw.get("__line__") if isinstance(raw, dict) else None
    at: Any = raw
    for part in loc:
        try:
            at = at[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(at, dict) and "__line__" in at:
            line = at["__line__"]
    return line


def _field_info(model: type[BaseModel], loc: Iterable[Any]) -> tuple[str, list[str], bool]:
    """Description of a field, the fields that its record has, and whether the field may be unknown."""
    schema: dict[str, Any] = model.model_json_schema()
    defs, at, description, fields = schema.get("$defs", {}), schema, "", list(schema.get("properties", {}))
    for part in loc:
        at = _record_of(at, defs)
        if isinstance(part, int):
            continue
        properties = at.get("properties", {})
        fields = list(properties) or fields
        if part not in properties:
            return "", fields, False
        at = properties[part]
        description = at.get("description", "")
    return description, fields, any(option.get("type") == "null" for option in at.get("anyOf", []))


def _record_of(schema: dict[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """The record that a part of a JSON schema is made of, through references, options and lists."""
    if "$ref" in schema:
        return _record_of(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    for option in schema.get("anyOf", []):
        if option.get("type") != "null":
            found = _record_of(option, defs)
            if "properties" in found:
                return found
    if isinstance(schema.get("items"), dict):
        return _record_of(schema["items"], defs)
    if isinstance(schema.get("additionalProperties"), dict):
        return _record_of(schema["additionalProperties"], defs)
    return schema


def _sentence(one: Any, field: str, model: type[BaseModel], loc: list[Any]) -> str:
    kind, value, ctx = one["type"], one.get("input"), one.get("ctx") or {}
    shown = _shown(value)
    description, fields, nullable = _field_info(model, loc)
    description = re.sub(r"\bNone\b", "null", description)
    meaning = f" ({description.rstrip('.')})" if description else ""
    if kind == "missing":
        null = ", or write null if it is not known" if nullable else ""
        return f"{field} is missing{meaning}; give it{null}"
    if kind == "extra_forbidden":
        near = get_close_matches(str(loc[-1]), fields, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(fields)}"
        return f"{field} is no field of this record; {hint}"
    if kind in ("less_than_equal", "less_than"):
        limit = ctx.get("le", ctx.get("lt"))
        if limit == 100:
            return f"{field} is {shown}; a percentage cannot be over 100"
        return f"{field} is {shown}; it must be {'at most' if 'le' in ctx else 'below'} {limit}"
    if kind in ("greater_than_equal", "greater_than"):
        limit = ctx.get("ge", ctx.get("gt"))
        if limit == 0 and "ge" in ctx:
            null = ", or null if it is not known" if nullable else ""
            return f"{field} is {shown}; it cannot be negative: give zero or more{null}"
        return f"{field} is {shown}; it must be {'at least' if 'ge' in ctx else 'above'} {limit}"
    if kind in ("literal_error", "enum"):
        return f"{field} is {shown}; use {ctx.get('expected', '')}"
    if kind in ("string_type", "string_sub_type") and isinstance(value, int | Decimal | dt.date):
        return f"{field} is {shown}, which was read as a number or date; put it in quotes"
    if kind == "string_type":
        return f"{field} is {shown}; it must be a text"
    if kind == "too_short":
        return f"{field} has too few entries; give at least {ctx.get('min_length', 1)}"
    if kind == "string_pattern_mismatch":
        return f"{field} is {shown}, which does not have the right form{meaning}; correct it"
    if kind.startswith(("decimal_", "int_", "float_", "finite_number")):
        return (
            f"{field} is {shown}, which is not a number that can be used here; write digits with a point, such as 12.5"
        )
    if kind.startswith(("date_", "datetime_")):
        return f"{field} is {shown}, which is not a date; write it as 2026-06-30"
    if kind.startswith("bool_"):
        null = ", or null if it is not known" if nullable else ""
        return f"{field} is {shown}; write true or false{null}"
    if kind in ("tuple_type", "list_type", "set_type", "frozen_set_type"):
        return f"{field} is {shown}; it must be a list"
    if kind in ("model_type", "model_attributes_type", "dict_type", "mapping_type"):
        return f"{field} is {shown}; it must be a record of fields{meaning}"
    if kind in ("value_error", "assertion_error"):
        text = str(one["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")
        return f"{field}: {text}" if field else text
    return f"{field} is {shown}: {str(one['msg'])[:1].lower()}{str(one['msg'])[1:].rstrip('.')}"


def _shown(value: Any) -> str:
    if isinstance(value, Decimal | int | float | dt.date) and not isinstance(value, bool):
        return str(value)
    if value is None:
        return "empty"
    if isinstance(value, dict | list | tuple):
        return "a list" if isinstance(value, list | tuple) else "a record"
    text = repr(str(value))
    return text if len(text) <= 60 else text[:57] + "…'"


# Tables ------------------------------------------------------------------------------------------------------------------


def test_table(asked: Regime, path: Path, law: LawOn, out: Path | None, as_json: bool) -> None:
    """Test every line of a CSV table and print or write it with ``outcome`` and ``figure``."""
    from bongsu.cli.results import write_text

    frame = read_table(path, asked)
    answer = tabled(asked, frame, law, path.name)
    if out is not None:
        write_text(out, answer.write_csv(line_terminator="\n"))
    counts = dict(answer["outcome"].value_counts().iter_rows())
    if as_json:
        summary: dict[str, Any] = {
            "regime": asked.name,
            "date": str(law.date),
            "known": str(law.known),
            "rows": frame.height,
        }
        summary["outcomes"] = {name: counts.get(name, 0) for name in ("pass", "fail", "undetermined")}
        if out is None:
            shown = [name for name in ("outcome", "figure", "cautions") if name in answer.columns]
            summary["results"] = json.loads(answer.select(shown).fill_nan(None).write_json())
        else:
            summary["file"] = str(out)
        print(json.dumps(summary, indent=1, ensure_ascii=False))
    elif out is None:
        print(answer.write_csv(line_terminator="\n"), end="")
    else:
        told = ", ".join(f"{counts.get(name, 0):,} {name}" for name in ("pass", "fail", "undetermined"))
        say(f"{asked.name}: {frame.height:,} rows, {told}.")
        mindful = answer.filter(pl.col("cautions") > 0).height if "cautions" in answer.columns else 0
        if mindful:
            say(f"{mindful:,} rows with cautions, which no figure counts; `bongsu law duty` tells those of one row.")
        say(f"Results: {out}")


def tabled(asked: Regime, frame: pl.DataFrame, law: LawOn, where: str) -> pl.DataFrame:
    """The frame with ``outcome`` and ``figure``, and with ``cautions``, their number, where the test tells any: by the test on
    tables where the regime has one, else row by row."""
    if asked.table is None:
        rows = []
        for number, row in enumerate(frame.iter_rows(named=True), start=2):
            given = {
                name: value for name, value in row.items() if value is not None and name in asked.record.model_fields
            }
            found = tested(asked, record(asked, given, f"{where}, line {number}"), law)
            rows.append((str(found.outcome), None if found.figure is None else float(found.figure)))
        return pl.concat(
            [frame, pl.DataFrame(rows, schema={"outcome": pl.String, "figure": pl.Float64}, orient="row")],
            how="horizontal",
        )
    try:
        answer = asked.table(_completed(asked, frame), law)
    except NotInLaw as error:
        raise BadInput(f"{error}; ask about another day") from None
    except ValidationError as error:
        raise BadInput(next(iter(sentences(error, asked.record, {}, where)))) from None
    except ValueError as error:
        raise BadInput(f"{where}: {str(error).removesuffix('.')}") from None
    if "outcome" not in answer.columns:
        undetermined = pl.when(pl.col("undetermined")).then(pl.lit("undetermined")).otherwise(pl.lit("pass"))
        answer = answer.with_columns(outcome=undetermined, figure=pl.col("total"))
    told = [answer["cautions"]] if "cautions" in answer.columns else []
    return frame.with_columns(answer["outcome"], answer["figure"].fill_nan(None), *told)


def _completed(asked: Regime, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with a column for every scalar field; an empty cell has the default of its field."""
    columns = []
    for name, field in asked.record.model_json_schema()["properties"].items():
        kinds = {option.get("type", "record") for option in (field, *field.get("anyOf", []))}
        if kinds & {"array", "object", "record"} - ({"record"} if "anyOf" in field else set()):
            continue
        column = frame[name] if name in frame.columns else _empty(name, frame.height, field)
        default = field.get("default")
        if default is not None and column.null_count():
            column = column.fill_null(float(default) if column.dtype == pl.Float64 else default)
        columns.append(column)
    return frame.with_columns(columns)


def _empty(name: str, height: int, field: Mapping[str, Any]) -> pl.Series:
    return _typed(pl.Series(name, [None] * height, dtype=pl.String), field, "", [])


def read_table(path: Path, asked: Regime) -> pl.DataFrame:
    """A table of records with the types of the fields; every wrong cell is a sentence of the error."""
    try:
        text = decode(path.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}; give facts as YAML, JSON or CSV") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not text; save it as UTF-8") from None
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise BadInput(f"{path.name} is no table ({str(error).splitlines()[0]}); mind commas and quotes") from None
    properties = asked.record.model_json_schema()["properties"]
    wrong: list[str] = []
    for name in frame.columns:
        if name not in properties and (near := get_close_matches(name, properties, n=1, cutoff=0.8)):
            wrong.append(f"{path.name}, line 1: {name} is no field of {asked.name}; did you mean {near[0]}?")
    required = [name for name in asked.record.model_json_schema().get("required", []) if name not in frame.columns]
    if required:
        wrong.append(f"{path.name}, line 1: the column {', '.join(required)} is missing")
    columns = []
    for name in frame.columns:
        own = frame[name].str.strip_chars().replace({"": None})
        columns.append(_typed(own, properties[name], path.name, wrong) if name in properties else frame[name])
    if wrong:
        more = [f"and {len(wrong) - _MOST} more"] if len(wrong) > _MOST else []
        raise BadInput(
            "\n  ".join(["the table cannot be used.", *wrong[:_MOST], *more]) if len(wrong) > 1 else wrong[0]
        )
    return pl.DataFrame(columns)


def _typed(column: pl.Series, schema: Mapping[str, Any], where: str, wrong: list[str]) -> pl.Series:
    """A column of texts as the type of its field; notes the lines that do not fit."""
    options = [schema, *schema.get("anyOf", [])]
    kinds = {option.get("type") for option in options} | {option.get("format") for option in options}

    def note(bad: pl.Series, why: str) -> None:
        for row in bad.arg_true().to_list():
            wrong.append(f"{where}, line {row + 2}: {column.name} is {column[row]!r}; {why}")

    if "number" in kinds or "integer" in kinds:
        numbers = column.cast(pl.Float64, strict=False)
        note((numbers.is_null() & column.is_not_null()) | numbers.is_nan().fill_null(False), "this is not a number")
        least = next((o["minimum"] for o in options if "minimum" in o), None)
        most = next((o["maximum"] for o in options if "maximum" in o), None)
        if least is not None:
            why = "it cannot be negative" if least == 0 else f"it must be at least {least}"
            note((numbers < least).fill_null(False), why)
        if most is not None:
            why = "a percentage cannot be over 100" if most == 100 else f"it must be at most {most}"
            note((numbers > most).fill_null(False), why)
        return numbers.rename(column.name)
    if "date" in kinds:
        dates = column.str.to_date("%Y-%m-%d", strict=False)
        note(dates.is_null() & column.is_not_null(), "this is not a date; write it as 2026-06-30")
        return dates.rename(column.name)
    if "boolean" in kinds:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        flags = column.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
        note(flags.is_null() & column.is_not_null(), "write true or false")
        return flags.rename(column.name)
    allowed = next((o["enum"] for o in options if "enum" in o), None)
    if allowed is not None:
        note(~column.is_in(allowed) & column.is_not_null(), f"use {', '.join(map(str, allowed))}")
    pattern = next((o["pattern"] for o in options if "pattern" in o), None)
    if pattern is not None:
        fits = column.str.contains(pattern)
        note((~fits).fill_null(False), str(schema.get("description", "correct it")).rstrip("."))
    return column


# Templates ---------------------------------------------------------------------------------------------------------------


def template(asked: Regime) -> str:
    """A worked record as YAML: the facts of the example of the regime, every field explained, unused ones as comments."""
    case = example(asked.name)
    facts = case["facts"] if case else {}
    on = case["on"] if case else dt.date.today()
    schema = asked.record.model_json_schema()
    head = [f"# Facts for {asked.name}. Try: bongsu law test {asked.name} facts.yaml --on {on}"]
    if case:
        head.append(f"# The example is: {re.sub(r'^E[0-9]+ ', '', case['name'])}.")
    head.append(
        "# A field that is left out, or null, is not known. Lines that begin with '# field:' show fields left out here."
    )
    return "\n".join([*head, *_fields(schema, schema.get("$defs", {}), facts, "")]) + "\n"


def example(name: str) -> dict[str, Any] | None:
    """The worked case of a regime that is marked as its example, else the first that passes, else the first."""
    found: list[dict[str, Any]] = []
    for path in sorted(resources.files("bongsu.law").joinpath("cases").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".yaml"):
            raw = _plain(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader))
            found += [one for one in raw if one["regime"] == name and "error" not in one["expect"]]
    marked = [one for one in found if one.get("example")]
    passing = [one for one in found if one["expect"].get("outcome") == "pass"]
    return next(iter(marked or passing or found), None)


def _fields(
    schema: dict[str, Any], defs: Mapping[str, Any], facts: Mapping[str, Any], pad: str, explain: bool = True
) -> list[str]:
    """The fields of a record as lines of YAML."""
    lines: list[str] = []
    own = _record_of(schema, defs)
    for name, field in own.get("properties", {}).items():
        if explain:
            if not pad:
                lines.append("")
            about = field.get("description", "")
            allowed = next((o["enum"] for o in (field, *field.get("anyOf", [])) if "enum" in o), None)
            if allowed:
                about = f"{about.rstrip('.')}: {', '.join(map(str, allowed))}"
            about = re.sub(r"\bNone\b", "null", about)
            lines += [f"{pad}# {line}" for line in textwrap.wrap(about, 100, break_on_hyphens=False)]
        if name not in facts:
            if explain:
                lines.append(f"{pad}# {name}: {_default(field)}")
            continue
        lines += _entry(name, facts[name], field, defs, pad, explain)
    return lines


def _default(field: dict[str, Any]) -> str:
    """What a field is where it is left out; Decimals stand as texts in a JSON schema."""
    default = field.get("default")
    if isinstance(default, list | dict):
        return "[]" if isinstance(default, list) else "{}"
    kinds = {option.get("type") for option in (field, *field.get("anyOf", []))}
    return str(default) if isinstance(default, str) and "number" in kinds else _scalar(default)


def _entry(name: str, value: Any, field: dict[str, Any], defs: Mapping[str, Any], pad: str, explain: bool) -> list[str]:
    below = _record_of(field, defs)
    if isinstance(value, dict) and value:
        if "properties" in below and not isinstance(field.get("additionalProperties"), dict):
            return [f"{pad}{name}:", *_fields(below, defs, value, pad + "  ", explain)]
        lines = [f"{pad}{name}:"]
        for key, one in value.items():
            lines += _entry(_scalar(key), one, below, defs, pad + "  ", explain)
        return lines
    if isinstance(value, list) and value and isinstance(value[0], dict):
        lines = [f"{pad}{name}:"]
        for number, one in enumerate(value):
            # The fields are explained once, in the first entry of the list.
            inner = _fields(below, defs, one, pad + "    ", explain and number == 0)
            first = next((i for i, line in enumerate(inner) if not line.lstrip().startswith("#")), None)
            if first is None:
                lines.append(f"{pad}  - {{}}")
                continue
            # Comments above the dash, the dash at the first field that is given.
            lines += inner[:first]
            lines.append(f"{pad}  - {inner[first].lstrip()}")
            lines += inner[first + 1 :]
        return lines
    kinds = {option.get("type") for option in (field, *field.get("anyOf", []))}
    # The files of cases hold true and false as words; where the field is no text they stand without quotes.
    shown = str(value) if "boolean" in kinds and value in ("true", "false", "yes", "no") else _scalar(value)
    return [f"{pad}{name}: {shown}"]


def _scalar(value: Any) -> str:
    """A value as YAML on one line; texts that could be read as something else stand in quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_scalar(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {_scalar(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        plain = value.replace("_", "").replace("-", "").replace(" ", "").isalnum() and not value[:1].isdigit()
        return (
            value
            if plain and value not in ("null", "true", "false", "yes", "no")
            else json.dumps(value, ensure_ascii=False)
        )
    return str(value)


def as_date(text: str, last: bool = False) -> dt.date:
    """A date as typed, or a sentence."""
    try:
        return parse_date(text, last=last)
    except ValueError:
        raise BadInput(f"{text!r} is not a date; write it as 2026-06-30, 2026-06 or 2026") from None

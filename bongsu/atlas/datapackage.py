"""``datapackage.json`` (Frictionless Data Package v2) written from the schema."""

from __future__ import annotations

import json
from typing import Any

from bongsu.atlas.schema import Field, Table, pack_schema

_TYPES = {"number": "number", "integer": "integer", "list": "string", "date": "string"}


def _field(field: Field) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if field.required:
        constraints["required"] = True
    if field.choices:
        constraints["enum"] = list(field.choices)
    described = field.description + (f" [{field.unit}]" if field.unit else "")
    result: dict[str, Any] = {"name": field.name, "type": _TYPES.get(field.type, "string"), "description": described}
    return result | ({"constraints": constraints} if constraints else {})


def _resource(table: Table) -> dict[str, Any]:
    keys: list[dict[str, Any]] = [
        {"fields": [f.name], "reference": {"resource": f.refers, "fields": [pack_schema()[f.refers].key[0]]}}
        for f in table.fields
        if f.refers and f.type != "list"
    ]
    schema: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(f) for f in table.fields],
        "missingValues": [""],
    }
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": table.name.replace("_", "-"),
        "path": f"{table.name}.csv",
        "encoding": "utf-8",
        "type": "table",
        "schema": schema,
    }


def datapackage(as_of: str) -> str:
    """The text of ``datapackage.json`` for a pack kept to the day ``as_of`` (``YYYY-MM-DD``)."""
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "bongsu-data-pack",
        "title": "Facts on the Canada-Korea electric-vehicle, battery and critical-minerals supply chain",
        "as_of": as_of,
        "licenses": [{"name": "Apache-2.0", "path": "../LICENSE"}],
        "resources": [_resource(table) for table in pack_schema().values()],
    }
    return json.dumps(package, indent=1, ensure_ascii=False) + "\n"

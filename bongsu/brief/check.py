"""What the catalogue or a store lacks for a good page."""

from __future__ import annotations

from collections.abc import Iterator

from bongsu.brief.numbers import Record
from bongsu.brief.text import has, pieces


def problems(store: Record) -> list[str]:
    """What the catalogue or the store lacks for a good page: codes without a text, figures that nobody holds."""
    found = [f"catalogue.csv lacks {key}" for key in sorted(set(_codes(store))) if not has(key)]
    for headline in store["headlines"]:
        found += _sentence_problems(store, headline["sentence"])
        found += [
            f"headline {headline['id']}: no figure {fid}" for fid in headline["figures"] if fid not in store["figures"]
        ]
    for said in (store.get("law") or {}).get("sentences", []):
        found += _sentence_problems(store, said)
    for limit in store["limits"]:
        found += _sentence_problems(store, limit)
    for name in ("stages", "prices", "bottlenecks", "builds", "promises", "shortages"):
        found += [
            f"{name}: no figure {row['fid']}"
            for row in store[name]
            if row.get("fid") and row["fid"] not in store["figures"]
        ]
    for name in ("bills", "rules"):
        found += [
            f"law.{name}: no figure {row['fid']}"
            for row in (store.get("law") or {}).get(name, [])
            if row["fid"] and row["fid"] not in store["figures"]
        ]
    return found


def stress_problems(store: Record) -> list[str]:
    """The same for the store of a stress page."""
    found = [f"catalogue.csv lacks {key}" for key in sorted(set(_stress_codes(store))) if not has(key)]
    for headline in store["headlines"]:
        found += _sentence_problems(store, headline["sentence"])
        named = [*headline["figures"], *_figures_of(headline["sentence"])]
        found += [f"headline {headline['id']}: no figure {fid}" for fid in named if fid not in store["figures"]]
    for limit in store["limits"]:
        found += _sentence_problems(store, limit)
    for branch in store["branches"]:
        lists = {name: branch[name] for name in ("plants", "unserved", "measures")} | {
            "tiers": branch["exposure"]["tiers"]
        }
        found += [
            f"{branch['branch']}.{name}: no figure {row['fid']}"
            for name, rows in lists.items()
            for row in rows
            if row["fid"] not in store["figures"]
        ]
    for row in (store["survival"] or {}).get("nodes", []):
        if row["fid"] not in store["figures"]:
            found.append(f"survival: no figure {row['fid']}")
    return found


def committee_problems(store: Record) -> list[str]:
    """The same for the store of the committee's page."""
    found = [f"catalogue.csv lacks {key}" for key in sorted(set(_committee_codes(store))) if not has(key)]
    for headline in store["headlines"]:
        found += _sentence_problems(store, headline["sentence"])
    for limit in store["limits"]:
        found += _sentence_problems(store, limit)
    found += [f"no figure {fid}" for fid in sorted(_named(store)) if fid not in store["figures"]]
    return found


def _named(value: object) -> set[str]:
    """Figures that a store names, wherever it does."""
    if isinstance(value, dict):
        own = {str(one) for key, one in value.items() if key in ("fid", "fid_high", "npv", "irr") and one is not None}
        own |= {one for one in value.get("figures", ()) if isinstance(one, str)} if "sentence" in value else set()
        return own.union(
            *(_named(one) for key, one in value.items() if not (key == "figures" and "headlines" in value))
        )
    return set().union(*(_named(one) for one in value)) if isinstance(value, list) else set()


def _committee_codes(store: Record) -> Iterator[str]:
    for row in store["value"] or []:
        for gate in row["gates"]:
            yield from (f"committee.gate.{gate['gate']}", f"committee.outcome.{gate['outcome']}")
    for one in store["projects"]:
        yield from (f"committee.brings.{partner['brings']}" for partner in one["partners"])
        yield from (f"country.{partner['country']}" for partner in one["partners"])
    yield from (f"confidence.{row['weakest']}" for one in store["regions"] or [] for row in one["rows"])
    yield from (f"headline.{headline['id']}" for headline in store["headlines"])
    yield from (f"grade.{record['grade']}" for record in store["sources"].values())


def _figures_of(said: Record) -> list[str]:
    """Parameters of a sentence that name figures of a stress page."""
    return [value for value in said["params"].values() if isinstance(value, str) and value.startswith("stress.")]


def _stress_codes(store: Record) -> Iterator[str]:
    for branch in store["branches"]:
        yield from (f"stress.trust.{tier['trust'] or 'none'}" for tier in branch["exposure"]["tiers"])
        yield from (f"stress.measure.{row['kind']}" for row in branch["measures"] if row["kind"] != "build")
    yield from (f"stress.kind.{row['kind']}" for row in (store["survival"] or {}).get("nodes", []))
    if store["worst"]:
        yield f"stress.family.{store['worst']['family']}"
    yield from (f"flag.{flag}" for flag in store["meta"]["flags"])
    yield f"status.{store['meta']['status']}"
    yield from (f"headline.{headline['id'].partition(':')[0]}" for headline in store["headlines"])
    yield from (f"grade.{record['grade']}" for record in store["sources"].values())


def _codes(store: Record) -> Iterator[str]:
    """Every catalogue key that a code of the store asks for."""
    groups = (
        ("stages", (("stage", "stage"), ("country", "country"))),
        ("capacity", (("stage", "stage"), ("country", "country"))),
        ("bottlenecks", (("kind", "bind"),)),
        ("builds", (("country", "country"),)),
        ("promises", (("country", "country"), ("state", "state"), ("confidence", "confidence"))),
        ("shortages", (("segment", "segment"),)),
    )
    for name, fields in groups:
        for row in store[name]:
            yield from (f"{group}.{row[field]}" for field, group in fields if row.get(field) is not None)
    for name, field, group in (
        ("bills", "kind", "law.bill_kind"),
        ("instruments", "status", "law.status"),
        ("instruments", "kind", "law.kind"),
        ("calendar", "kind", "law.event"),
    ):
        yield from (f"{group}.{row[field]}" for row in (store.get("law") or {}).get(name, []))
    yield from (f"flag.{flag}" for flag in store["meta"]["flags"])
    yield from (f"country.{code}" for code in store["meta"]["regions"])
    yield from (f"solver.{name}" for name in store["meta"]["solver"])
    yield f"status.{store['meta']['status']}"
    yield from (f"headline.{headline['id']}" for headline in store["headlines"])
    for record in store["sources"].values():
        yield f"grade.{record['grade']}"


def _sentence_problems(store: Record, said: Record) -> list[str]:
    try:
        pieces(said["key"], "en", dict.fromkeys(said.get("params", {}), ""))
    except KeyError as error:
        return [str(error.args[0])]
    return []

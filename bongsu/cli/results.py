"""Results of a plan: a summary, tables on disk that appear only when complete, and exports."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from bongsu.chain import Network
from bongsu.cli.shell import say
from bongsu.plan import Plan, compile_network

if TYPE_CHECKING:
    from bongsu.chain import Chain

_FAMILIES = (
    "make",
    "ship",
    "buy",
    "stock",
    "dump",
    "build",
    "open_unit",
    "retire",
    "open_corridor",
    "assign",
    "short",
    "shortfall",
    "waiver",
)


def hardened(network: Network) -> Network:
    """The network with all demand hard."""
    demands = network["demands"].with_columns(penalty=pl.lit(None, dtype=pl.Float64))
    return Network({**network.tables, "demands": demands}, network.settings, network.notes)


def folder_of(out: Path, network: Network, chain: Chain | None) -> Path:
    """``out/CASE`` with a suffix for what was chosen differently from the default."""
    name = network.settings.name
    if chain is not None and chain.choices.face_value:
        name += "-face-value"
    if chain is not None and chain.choices.delivery == "pack":
        name += "-pack-delivery"
    if chain is not None and chain.choices.whole_builds:
        name += "-whole-builds"
    if chain is not None and chain.choices.closures:
        name += "-closures"
    return out / name


def summary(plan: Plan) -> dict[str, Any]:
    """What ``--json`` prints."""
    errors = plan.errors

    def number(value: float) -> float | None:
        return None if not math.isfinite(value) else value

    found = plan.status in ("optimal", "feasible", "infeasible")
    return {
        "case": plan.network.settings.name,
        "status": plan.status if plan.status != "failed" else "stopped",
        "objective": number(plan.objective) if found else None,
        "bound": number(plan.bound),
        "gap": number(plan.gap),
        "currency": plan.network.settings.currency,
        "money_year": plan.network.settings.money_year,
        "servable_share": plan.servable_share,
        "conflict": [
            {
                "kind": c.kind,
                "what": c.what,
                "periods": list(c.periods),
                "limit": [number(v) for v in c.limit],
                "words": c.words,
                "facts": c.facts,
            }
            for c in plan.conflict
        ],
        "errors": None if errors is None else {k: number(float(v)) for k, v in vars(errors).items()},
        "rows": plan.model.shape[0],
        "columns": plan.model.shape[1],
        "solver": dict(plan.solver),
        "network": plan.network.digest,
        "notes": list(plan.network.notes),
    }


def show(plan: Plan, chain: Chain | None) -> None:
    """The summary in words."""
    currency = plan.network.settings.currency
    if plan.status == "infeasible":
        say("No feasible plan.")
        if plan.servable_share is not None:
            hard = plan.network["demands"]["penalty"].null_count() > 0
            what = "the demand that must be met" if hard else "all demand"
            say(f"The largest share of {what} that can be served at once is {plan.servable_share:.4%}.")
        if plan.conflict:
            say("What clashes:")
            for conflict in plan.conflict[:20]:
                say(f"  - {conflict.words}" + (f"  [{conflict.facts}]" if conflict.facts else ""))
        return
    if plan.status not in ("optimal", "feasible"):
        return
    kind = "Optimal plan" if plan.status == "optimal" else f"Plan within {plan.gap:.2%} of the bound"
    say(
        f"{kind}: present cost {_money(plan.objective)} {currency}"
        + (f" of {plan.network.settings.money_year}" if plan.network.settings.money_year else "")
    )
    if plan.errors:
        e = plan.errors
        say(
            f"Checked by us: primal {e.primal:.1e}, dual {e.dual:.1e}, complementarity {e.complementarity:.1e}, gap {e.gap:.1e}"
        )
    short = plan.table("short")
    if short.height:
        first = short.sort("period").row(0, named=True)
        say(
            f"Some demand is not served: {short['demand'].n_unique()} demands, first {first['demand']} in {first['period']}."
        )
    if chain is not None:
        for note in plan.network.notes:
            say(f"Note: {note}.")


def write(folder: Path, plan: Plan, tell: Callable[[str], None]) -> list[str]:
    """Write tables and the summary; a file has its final name only when it is complete, the summary comes last."""
    tell("writing the tables")
    folder.mkdir(parents=True, exist_ok=True)
    tables = {name: plan.table(name) for name in _FAMILIES}
    tables |= {"price": plan.row_table("balance"), "capacity_value": plan.row_table("capacity")}
    for name, table in tables.items():
        if table.height:
            _complete(folder / f"{name}.parquet", table.write_parquet)
            _complete(folder / f"{name}.csv", partial(table.write_csv, line_terminator="\n"))
        else:
            for suffix in ("parquet", "csv"):
                (folder / f"{name}.{suffix}").unlink(missing_ok=True)
    text = json.dumps(summary(plan), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    _complete(folder / "plan.json", lambda path: path.write_text(text, encoding="utf-8"))
    return [f"{name}.csv" for name, table in tables.items() if table.height] + ["plan.json"]


def write_text(path: Path, text: str | bytes) -> None:
    """Write a file that has its final name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode() if isinstance(text, str) else text
    _complete(path, lambda place: place.write_bytes(raw))


def _complete(path: Path, write_to: Callable[[Path], Any]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write_to(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_mps(path: Path, network: Network) -> None:
    """The compiled model as free MPS in the solver's units, with the names of its rows and columns."""
    import highspy

    from bongsu.plan.solver import Solver

    model = compile_network(network)
    highs = Solver(model).highs
    lp = highs.getLp()
    lp.col_names_ = [model.column_name(i) for i in range(model.shape[1])]
    lp.row_names_ = [model.row_name(i) for i in range(model.shape[0])]
    highs.passModel(lp)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial.mps")
    try:
        if highs.writeModel(str(partial)) == highspy.HighsStatus.kError:
            raise OSError(0, "the solver could not write it", str(path))
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_network(folder: Path, network: Network) -> None:
    """The network as a case folder and as Parquet."""
    network.write(folder)
    for name, table in network.tables.items():
        if table.height:
            _complete(folder / f"{name}.parquet", table.write_parquet)


def _money(value: float) -> str:
    """An amount as people say it: billions and millions in words, smaller ones in full."""
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{value / size:,.6g} {name}"
    return f"{value:,.6g}"

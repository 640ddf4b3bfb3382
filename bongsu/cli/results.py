"""Results of a plan: a summary, tables on disk that appear only when complete, and exports."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from bongsu.chain import Network
from bongsu.cli import shell
from bongsu.cli.shell import say
from bongsu.plan import Plan, compile_network
from bongsu.plan.plan import Solution

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


def summary(plan: Plan, chain: Chain | None = None, hard: bool = False) -> dict[str, Any]:
    """What ``--json`` prints; ``asked`` is what another command needs to make the same network again."""
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
        "asked": None if chain is None else _asked(chain, hard),
        "network": plan.network.digest,
        "notes": list(plan.network.notes),
    }


def _asked(chain: Chain, hard: bool) -> dict[str, Any]:
    from bongsu.law.inforce import InForce

    choices, law = chain.choices, chain.choices.law
    return {
        "case": str(chain.case["case"]),
        "as_of": str(chain.atlas.known),
        "law": str(law.law.date) if isinstance(law, InForce) else "none",
        "reading": sorted(f"{k}={v}" for k, v in {**law.law.taken, **law.readings}.items())
        if isinstance(law, InForce)
        else [],
        "without": sorted(law.without) if isinstance(law, InForce) else [],
        "face_value": choices.face_value,
        "whole_builds": choices.whole_builds,
        "closures": choices.closures,
        "hard": hard,
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


def write(
    folder: Path, plan: Plan, tell: Callable[[str], None], chain: Chain | None = None, hard: bool = False
) -> list[str]:
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
    solved = plan.status in ("optimal", "feasible")
    kept = {"columns": {"value": plan.values, "reduced_cost": plan.reduced_costs}, "rows": {"dual": plan.duals}}
    for name, parts in kept.items():
        path = folder / f"solution_{name}.parquet"
        if solved:
            _complete(path, pl.DataFrame(parts).write_parquet)
        else:
            path.unlink(missing_ok=True)
    text = json.dumps(summary(plan, chain, hard), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    _complete(folder / "plan.json", lambda path: path.write_text(text, encoding="utf-8"))
    return [f"{name}.csv" for name, table in tables.items() if table.height] + ["plan.json"]


def is_folder(case: str) -> bool:
    """Whether the argument names a folder of results that ``bongsu plan`` wrote."""
    return (Path(case) / "plan.json").is_file()


def read(folder: Path, data: Path | None, tell: shell.Tell) -> tuple[Chain, Plan | None]:
    """The chain of a folder of results, and its plan as it was found; None in its place where facts, law or program have changed
    since, so that the network is no longer the one that was planned.

    Raises:
        BadInput: the folder holds no plan of the data pack that can be read.
    """
    try:
        said = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        asked, digest, status = said["asked"], said["network"], said["status"]
    except (OSError, ValueError, KeyError, TypeError):
        raise shell.BadInput(f"{folder}/plan.json cannot be read; plan again") from None
    if asked is None:
        raise shell.BadInput(f"{folder} holds the plan of a case folder; give a plan of a case of the data pack")
    if status not in ("optimal", "feasible"):
        raise shell.BadInput(f"{folder} holds no plan: it is {status}; plan again")
    law = shell.LawAsked(asked["law"], asked["reading"], asked["without"])
    chain = shell.build_chain(
        tell, asked["case"], data, asked["as_of"], asked["face_value"], asked["whole_builds"], asked["closures"], law
    )
    if asked["hard"]:
        chain = replace(chain, network=hardened(chain.network))
    if chain.network.digest != digest:
        return chain, None
    tell("stating the model")
    try:
        columns = pl.read_parquet(folder / "solution_columns.parquet")
        rows = pl.read_parquet(folder / "solution_rows.parquet")
        value, reduced = columns["value"].to_numpy(), columns["reduced_cost"].to_numpy()
        solution = Solution(value, reduced, rows["dual"].to_numpy())
        return chain, Plan.kept(compile_network(chain.network), status, said["solver"], solution)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return chain, None


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

"""Options that several commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CaseArgument = Annotated[
    str, typer.Argument(help="A case of the data pack, or a case folder of CSV tables.", metavar="CASE")
]
CaseOption = Annotated[str, typer.Option("--case", help="Case of the data pack.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Folder of the data pack (default: data/).")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Use only what was known by this date, such as 2026-11-23.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for results.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
FaceOption = Annotated[
    bool,
    typer.Option(
        "--take-announcements-at-face-value", help="Count announced plants in full from the year they promise."
    ),
]
DeliveryOption = Annotated[
    str,
    typer.Option(
        "--delivery",
        help="What promises are worth: `fitted` = the pack's curves corrected by the record of promises, `pack` = as they stand.",
    ),
]
WholeOption = Annotated[
    bool, typer.Option("--whole-builds", help="Build in whole plants of at least their minimum size.")
]
ClosuresOption = Annotated[
    bool, typer.Option("--allow-closures", help="Let standing capacity be given up for good where that saves money.")
]
LawOption = Annotated[
    str | None,
    typer.Option("--law", help="Law of the plan: a date such as 2025-09-30 (default: the date of --as-of), or `none`."),
]
ReadingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reading", help="Take a branch of an open question or a disputed reading, such as battery_rule=tariff_shift."
    ),
]
WithoutOption = Annotated[
    list[str] | None, typer.Option("--without", help="Leave out an instrument of law, such as us-section-122.")
]
LimitOption = Annotated[float | None, typer.Option("--time-limit", help="Seconds for the solver.", min=0.001)]
GapOption = Annotated[
    float | None,
    typer.Option(
        "--gap",
        help="Relative gap at which whole-number plans count as solved (1e-6; with --whole-builds 1e-3).",
        min=0.0,
    ),
]
ThreadsOption = Annotated[int, typer.Option("--threads", help="Threads for the solver.", min=1)]
SurviveOption = Annotated[
    bool,
    typer.Option("--survive", help="On the stress page: how long the chain lives without each part. Some minutes."),
]
PageRecoveryOption = Annotated[
    float | None,
    typer.Option(
        "--recovery",
        help="With --survive: days until a part is back where the case states none (default: as long as the disruption takes).",
        min=0.1,
    ),
]
PairOption = Annotated[
    str | None,
    typer.Option(
        "--worst",
        help="On the stress page: the worst pair of a family (country, facility, item, owner, process, reagent) or of the "
        "events of the `case`.",
    ),
]
LangOption = Annotated[str, typer.Option("--lang", help="Language of the answer: en, ko or fr.")]
EventsOption = Annotated[
    Path | None,
    typer.Option(
        "--events",
        help="Events and scenarios: a folder of tables (events.csv, ...), one CSV of changes, or YAML disruptions.",
    ),
]
RiskOption = Annotated[
    float,
    typer.Option("--risk-weight", help="Weight of the tail: 0 = expected cost, 1 = the tail alone.", min=0, max=1),
]
LevelOption = Annotated[
    float, typer.Option("--alpha", help="Level of the tail: 0.95 = the worst twentieth.", min=0, max=1)
]
StartsOption = Annotated[
    str | None,
    typer.Option(
        "--starts", help="Ask as if the disruption, or a family's stop, began on this day, such as 2027-01-01."
    ),
]
ProbabilityOption = Annotated[
    float | None,
    typer.Option(
        "--probability",
        help="Probability (assumed) that the disruption of --events comes at all; without it, it does.",
        min=0,
        max=1,
    ),
]

"""What the commands share: reading input, progress, interruption, and errors as one clear sentence."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from bongsu.atlas import Atlas
    from bongsu.chain import Chain, Network
    from bongsu.law import Law
    from bongsu.law.inforce import InForce
    from bongsu.plan import Plan

DONE, BAD_INPUT, NO_PLAN, LIMIT = 0, 2, 3, 4
#: What Typer returns where ^C ended a command.
_INTERRUPTED = 130
Tell = Callable[[str], None]
_LANGUAGES = ("en", "ko", "fr")


class BadInput(Exception):
    """Input that cannot be used, with a sentence for the user."""


def say(text: str) -> None:
    """A line of the answer on standard output."""
    print(text)


def run(app: typer.Typer) -> None:
    """Run the app; every failure that the user can mend is one sentence and exit code 2."""
    # Typer carries its own copy of click; the root of its usage errors is reached through a public name.
    usage_error: Any = typer.BadParameter.__mro__[2]
    try:
        code = app(standalone_mode=False)
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
    except (typer.Abort, KeyboardInterrupt):
        print("Stopped; nothing was written.", file=sys.stderr)
        sys.exit(LIMIT)
    except usage_error as error:
        error.show()
        sys.exit(BAD_INPUT)
    except BadInput as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except BrokenPipeError:
        # The reader of a pipe has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        print(
            f"Error: cannot use{where}: {error.strerror or error}; choose a folder you may write to, or free it.",
            file=sys.stderr,
        )
        sys.exit(BAD_INPUT)
    # Out of standalone mode the code of `typer.Exit` is returned, not raised.
    sys.exit(code if isinstance(code, int) else DONE)


def check_language(lang: str) -> None:
    """Refuse a language that the pages do not speak."""
    if lang not in _LANGUAGES:
        raise BadInput(f"the language {lang!r} is not known; use en, ko or fr")


# Input -------------------------------------------------------------------------------------------------------------------


def is_case_folder(case: str) -> bool:
    """Whether the argument names a folder rather than a case of the pack."""
    return "/" in case or os.sep in case or case.startswith(".") or Path(case).is_dir()


def data_folder(data: Path | None) -> Path:
    """The folder of the pack: as given, ``data`` here, or ``data`` beside the package."""
    if data is not None:
        return data
    here = Path("data")
    if (here / "datapackage.json").is_file():
        return here
    import bongsu

    return Path(bongsu.__file__).resolve().parent.parent / "data"


def load_atlas(tell: Tell, data: Path | None, as_of: str | None) -> Atlas:
    """The pack as known on a date, or a sentence that says what is wrong with it."""
    from bongsu.atlas import Atlas, PackError

    tell("reading and checking the data pack")
    try:
        atlas = Atlas.load(data_folder(data))
    except PackError as error:
        raise BadInput(str(error)) from None
    for warning in atlas.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    return as_of_day(atlas, as_of)


def as_of_day(atlas: Atlas, as_of: str | None) -> Atlas:
    """The facts as known on a day; None = the day of the atlas."""
    from bongsu.atlas import NotYetKnown

    if as_of is None:
        return atlas
    try:
        return atlas.as_of(as_of)
    except NotYetKnown as error:
        raise BadInput(str(error)) from None
    except ValueError:
        raise BadInput(f"{as_of!r} is not a date; write it as 2026-06-30, 2026-06 or 2026") from None


def check_choice(name: str, value: object, among: Sequence[object]) -> None:
    """Refuse a filter that nothing can pass."""
    if value is not None and value not in among:
        raise BadInput(f"there is no {name} {value} in this plan; use one of {', '.join(map(str, among))}")


@dataclass(frozen=True)
class LawAsked:
    """The law that a plan is asked for: a date or ``none`` (default: the date of the facts), branches or readings taken, and
    instruments left out."""

    law: str | None = None
    reading: Sequence[str] | None = None
    without: Sequence[str] | None = None


def law_of(asked: LawAsked, default: dt.date, case: Mapping[str, Any] | None) -> InForce | None:
    """The law that was asked for, or a sentence that says what is wrong with the request.

    None without a case, in whose money it would count.
    """
    from bongsu.law import Law, LawError
    from bongsu.law.inforce import InForce

    if asked.law == "none":
        if asked.reading or asked.without:
            raise BadInput("--reading and --without choose among law, and --law none leaves all of it out; drop one")
        return None
    try:
        law = Law.load()
        now = law.on(asked.law or default)
    except LawError as error:
        raise BadInput(str(error)) from None
    except ValueError:
        raise BadInput(f"{asked.law!r} is no date of law; write it as 2025-09-30, or none") from None
    for name in asked.without or ():
        if name not in law.instruments:
            raise BadInput(f"there is no instrument {name!r}; `bongsu law on {now.date}` lists them")
    pairs = [(name, choice) for name, _, choice in (text.partition("=") for text in asked.reading or ())]
    taken, readings = chosen(law, pairs)
    try:
        under = now.taking(taken)
    except ValueError as error:
        raise BadInput(str(error)) from None
    if case is None:
        return None
    return InForce(under, case["money_year"], case["discount_rate"], readings, frozenset(asked.without or ()))


def chosen(law: Law, asked: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Branches of open questions, and choices of disputed readings, among pairs of a name and what was chosen for it."""
    questions = {q.name for one in law for q in one.questions}
    switches = {name: one["options"] for i in law for name, one in i.switches.items()}
    taken, readings = {}, {}
    for name, choice in asked:
        if name in questions:
            taken[name] = choice
        elif name in switches and choice in switches[name]:
            readings[name] = choice
        elif name in switches:
            raise BadInput(f"{name} has no reading {choice!r}; it has {', '.join(switches[name])}")
        else:
            known = ", ".join(sorted(questions | switches.keys()))
            raise BadInput(f"there is no open question or reading {name!r}; there are {known}")
    return taken, readings


def build_chain(
    tell: Tell,
    case: str,
    data: Path | None,
    as_of: str | None,
    face_value: bool,
    whole_builds: bool,
    closures: bool = False,
    law: LawAsked | None = None,
    delivery: str = "fitted",
) -> Chain:
    """The chain of a case of the pack as known on a day, under the law of that day unless another is asked for."""
    from bongsu.chain import Chain, Choices, TooLittleKnown, UnknownCase

    if delivery not in ("fitted", "pack"):
        raise BadInput(f"there are no delivery curves {delivery!r}; use fitted or pack")
    atlas = load_atlas(tell, data, as_of)
    tell("building the network")
    under = law_of(law or LawAsked(), atlas.known, atlas.row("cases", case))
    try:
        return Chain.of(atlas, case, Choices(face_value, whole_builds, closures, under, delivery))  # type: ignore[arg-type]
    except UnknownCase as error:
        raise BadInput(str(error)) from None
    except TooLittleKnown as error:
        raise BadInput(f"{error}; the law of that day on the facts of today is --law without --as-of") from None


def read_case_folder(case: str) -> Network:
    """The network of a case folder."""
    from bongsu.atlas import PackError
    from bongsu.chain import Network

    try:
        network = Network.read(case)
    except PackError as error:
        raise BadInput(str(error)) from None
    for warning in network.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    return network


def check_folder(folder: Path, as_json: bool) -> None:
    """Check a pack or a case folder and say what is wrong with it; exit code 2 if anything is."""
    from bongsu.atlas import Atlas, PackError, Problem
    from bongsu.chain import Network

    problems: list[Problem] = []
    try:
        if (folder / "datapackage.json").is_file() or not (folder / "periods.csv").is_file():
            problems = list(Atlas.load(folder).warnings)
        else:
            problems = list(Network.read(folder).warnings)
    except PackError as error:
        problems = error.problems
    bad = [p for p in problems if p.severity == "error"]
    if as_json:
        fields = ("table", "row", "column", "value", "what", "remedy", "severity")
        print(json.dumps([{name: getattr(p, name) for name in fields} for p in problems], indent=1, ensure_ascii=False))
    else:
        for problem in problems:
            print(f"{problem.severity}: {problem}")
        print(f"{len(bad)} errors, {len(problems) - len(bad)} warnings in {folder}.")
    if bad:
        raise typer.Exit(BAD_INPUT)


# Solving -----------------------------------------------------------------------------------------------------------------


def solve(tell: Tell, network: Network, time_limit: float | None, gap: float, threads: int) -> Plan:
    """Compile and solve; ^C ends the solve and keeps the best plan found so far."""
    from bongsu.plan import Options, compile_network
    from bongsu.plan import solve as solve_model

    tell("stating the model")
    model = compile_network(network)
    low, high = model.coefficient_range()
    if low < 1e-3 or high > 1e3:
        print(
            f"Warning: coefficients of the model span {low:.2g} to {high:.2g}; the answer may be inexact, check the units.",
            file=sys.stderr,
        )
    tell(f"solving {model.shape[1]:,} variables and {model.shape[0]:,} constraints")
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def ask(*_: object) -> None:
        if stop.is_set():
            # A second ^C does not wait for the solver.
            os._exit(LIMIT)
        stop.set()

    def progress(phase: str, at: float | None) -> None:
        tell(f"solving ({phase})" if at is None else f"solving ({phase}, gap {at:.2%})")

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, ask)
    try:
        return solve_model(
            model, Options(gap=gap, time_limit=time_limit, threads=threads, stop=stop.is_set, progress=progress)
        )
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


# Progress ----------------------------------------------------------------------------------------------------------------

#: Seconds that a reference run usually takes, for the time left; a longer run simply shows none.
_USUAL = {
    "reading": 2.0,
    "building": 1.5,
    "stating": 0.5,
    "solving": 8.0,
    "who": 3.0,
    "what": 2.0,
    "flows": 3.0,
    "writing": 2.0,
}


#: How a command that plans many times says which plan it is at.
_COUNTED = re.compile(r"plan (\d+) of (\d+): ")


@contextmanager
def working(quiet: bool = False) -> Iterator[Tell]:
    """Show the phase, the time spent and about how much is left, on standard error, once a second has passed."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=console,
        transient=True,
    )
    state: dict[str, Any] = {"phase": "", "since": time.monotonic(), "task": None}
    started, done = time.monotonic(), threading.Event()
    total = sum(_USUAL.values())
    runs: dict[str, Any] = {"at": 0, "of": 0, "since": 0.0}

    def spent() -> float:
        order = list(_USUAL)
        now = order.index(state["phase"]) if state["phase"] in order else 0
        inside = min(time.monotonic() - state["since"], _USUAL[order[now]] * 0.95)
        return sum(_USUAL[name] for name in order[:now]) + inside

    def left() -> tuple[float, float, str]:
        """What is done, of what, and the time left in words: by phases, or by how long each of several plans has taken."""
        if not runs["of"]:
            rest = max(0.0, total - spent())
            return spent(), total, f"about {rest:.0f} s left"
        before = runs["at"] - 1
        each = (runs["since"] - runs["begun"]) / before if before else 0.0
        rest = each * (runs["of"] - before) - (time.monotonic() - runs["since"])
        return before, runs["of"], f"about {max(0.0, rest):.0f} s left" if before else ""

    def watch() -> None:
        while not done.wait(0.25):
            if state["task"] is None and time.monotonic() - started > 1.0:
                progress.start()
                state["task"] = progress.add_task(state["text"], total=total, left="")
            if state["task"] is not None:
                completed, whole, rest = left()
                progress.update(state["task"], description=state["text"], completed=completed, total=whole, left=rest)

    def tell(text: str) -> None:
        counted = _COUNTED.match(text)
        if counted and int(counted[1]) != runs["at"]:
            now = time.monotonic()
            runs.update(at=int(counted[1]), of=int(counted[2]), since=now, begun=runs.get("begun", now))
        phase = text.split()[0]
        if phase != state["phase"]:
            state.update(phase=phase, since=time.monotonic())
        state["text"] = text

    state["text"] = "starting"
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        done.set()
        thread.join()
        if state["task"] is not None:
            progress.stop()

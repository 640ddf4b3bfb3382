"""Inputs on disk, so that a measured process starts from them and not from the generator's own memory."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.by_hand import Scale
from benchmarks.networks import SIZES, Numbers, draw, network
from bongsu.chain.network import Network, Settings, frame
from bongsu.plan.assemble import compile_network


def write(folder: Path, size: str) -> None:
    """Tables, numbers and scales of one size, unless they are there."""
    at = folder / size
    if at.is_dir():
        return
    numbers = draw(SIZES[size])
    net = network(numbers)
    at.mkdir(parents=True)
    for name, table in net.tables.items():
        if table.height:
            table.write_ipc(at / f"{name}.arrow")
    (at / "case.json").write_text(net.settings.model_dump_json(), encoding="utf-8")
    arrays = {f.name: getattr(numbers, f.name) for f in dataclasses.fields(numbers) if f.name != "size"}
    np.savez(at / "numbers.npz", **arrays)
    model = compile_network(net)
    np.savez(at / "scales.npz", column=model.column_scale, row=model.row_scale, money=model.money)


def read_network(folder: Path, size: str) -> Network:
    at = folder / size
    tables = {path.stem: pl.read_ipc(path) for path in sorted(at.glob("*.arrow"))}
    settings = Settings.model_validate_json((at / "case.json").read_text(encoding="utf-8"))
    return Network(Network.of().tables | {name: frame(name, table) for name, table in tables.items()}, settings)


def read_numbers(folder: Path, size: str) -> Numbers:
    with np.load(folder / size / "numbers.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    plain = {name: float(arrays.pop(name)) for name in ("penalty", "content_penalty")}
    content = tuple(arrays.pop("content").tolist())
    return Numbers(size=SIZES[size], **arrays, **plain, content=content)


def read_scale(folder: Path, size: str) -> Scale:
    with np.load(folder / size / "scales.npz") as stored:
        return Scale(stored["column"], stored["row"], float(stored["money"]))

from pathlib import Path

import pytest

from benchmarks import input_output


def test_the_page_says_what_was_measured(tmp_path: Path) -> None:
    out = tmp_path / "page.md"
    input_output.main(["--regions", "4", "--sectors", "5", "--repeats", "1", "--out", str(out)])
    text = out.read_text(encoding="utf-8")
    assert "A dense table of 20 sectors" in text
    assert "| numpy.linalg.solve, one shock |" in text


def test_a_sector_uses_the_share_of_its_output_that_it_is_said_to() -> None:
    flows, output = input_output.table(3, 4)
    used = flows.sum(axis=0) / output
    assert used.min() >= 0.3
    assert used.max() <= 0.8
    home = flows[:4, :4].sum()
    assert home == pytest.approx(max(home, flows[:4, 4:].sum()))

"""The page of benchmarks is renewed in parts, and no part loses the other."""

from pathlib import Path

from benchmarks import report
from benchmarks.ensemble import renewed

MEASURED = {"machine": "a machine", "load": (0.1, 0.2)}


def test_a_new_page_keeps_the_section_on_ensembles(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("# Benchmarks\n\nold\n\n## Ensembles\n\n### Steps\n\nfigures\n")
    report.write(MEASURED, tmp_path)
    before, section = report.ensembles_of(page.read_text())
    assert "old" not in before
    assert "a machine" in before
    assert section == "## Ensembles\n\n### Steps\n\nfigures\n"


def test_a_page_without_ensembles_has_no_section(tmp_path: Path) -> None:
    report.write(MEASURED, tmp_path)
    assert report.ensembles_of((tmp_path / "RESULTS.md").read_text())[1] == ""


def test_a_part_of_the_section_is_renewed_and_the_others_stay() -> None:
    section = renewed("", "million", ["a tail"])
    section = renewed(section, "steps", ["a ladder"])
    both = renewed(section, "steps", ["a better ladder"])
    assert both == renewed(renewed("", "steps", ["a better ladder"]), "million", ["a tail"])
    assert both.index("a better ladder") < both.index("a tail")
    assert "a ladder" not in both

"""The tools around the code: pins, docs of the dependencies, Makefile, and what may never be committed."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = ("requirements.txt", "requirements-bench.txt")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)")


def normal(name: str) -> str:
    """Name of a package as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(requirements: list[str]) -> list[str]:
    """Names in a list of requirements, without their versions."""
    return [normal(re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]) for requirement in requirements]


def pins(name: str) -> dict[str, str]:
    """Package to pinned version, of one requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {normal(m["name"]): m["version"] for line in lines if (m := PIN.match(line))}


def tracked() -> list[Path]:
    """Every file that git would commit; all files in the tree where there is no git."""
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git") and (ROOT / ".git").exists():
        out = subprocess.run(git, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]
    hidden = {".venv", "out", "__pycache__"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not hidden & set(path.relative_to(ROOT).parts)]


def targets() -> set[str]:
    """Targets of the Makefile that a person calls."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", PINS)
def test_pins_name_no_host_and_no_index(name: str) -> None:
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        assert not re.search(r"://|^\s*-|\s@\s|\.(org|com|net|io)\b", line.replace("--hash=sha256:", "")), line


@pytest.mark.parametrize("name", PINS)
def test_every_pin_is_exact_and_has_a_hash(name: str) -> None:
    text = re.sub(r"^#.*\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = [entry for entry in re.split(r"(?<!\\)\n", text) if entry.strip()]
    assert entries
    for entry in entries:
        assert PIN.match(entry), entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry.splitlines()[0]


def test_the_two_pin_files_agree() -> None:
    first, second = (pins(name) for name in PINS)
    assert {
        name: (first[name], second[name]) for name in first.keys() & second.keys() if first[name] != second[name]
    } == {}


def test_every_dependency_is_pinned() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    needed = PROJECT["project"]["dependencies"] + extras["dev"] + PROJECT["build-system"]["requires"]
    assert set(asked_for(needed)) - pins(PINS[0]).keys() == set()
    assert set(asked_for(extras["bench"] + extras["linopy"] + extras["ray"])) - pins(PINS[1]).keys() == set()


def test_every_dependency_is_documented_with_its_pinned_version() -> None:
    rows = dict(
        re.findall(
            r"^\| `([\w.-]+)` \|[^|]*\| (\S+) \|", (ROOT / "docs/dependencies.md").read_text("utf-8"), re.MULTILINE
        )
    )
    extras = PROJECT["project"]["optional-dependencies"]
    needed = asked_for(PROJECT["project"]["dependencies"] + [one for extra in extras.values() for one in extra])
    pinned = pins(PINS[1]) | pins(PINS[0])
    assert {name: rows.get(name) for name in needed} == {name: pinned[name] for name in needed}


def test_code_imports_only_declared_dependencies() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    declared = set(asked_for(PROJECT["project"]["dependencies"] + extras["linopy"] + extras["ray"]))
    known = {"bongsu", "yaml", *(name.replace("-", "_") for name in declared)}
    import_line = re.compile(r"^\s*(?:from|import) ([A-Za-z_]\w*)", re.MULTILINE)
    for path in sorted((ROOT / "bongsu").rglob("*.py")):
        for name in import_line.findall(re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)):
            assert name in known or name in sys.stdlib_module_names, f"{path.relative_to(ROOT)} imports {name}"


def test_every_folder_of_the_package_is_a_package() -> None:
    # import-linter passes over folders without __init__.py
    folders = {path.parent for path in (ROOT / "bongsu").rglob("*.py")}
    assert sorted(str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()) == []


def test_make_help_lists_every_target() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    out = subprocess.run(
        [make, "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^  make ([a-z-]+) +\S", out, flags=re.MULTILINE)) == targets()


def test_phony_targets_are_declared() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)[1].split()) == targets()  # type: ignore[index]


def test_old_or_missing_python_gives_one_clear_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2' && exit 0\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    for path, found in ((tmp_path, "Python 3.9.2"), (tmp_path / "empty", "no python3")):
        run = subprocess.run(
            ["/bin/sh", str(ROOT / "scripts/venv.sh"), str(tmp_path / "venv")],
            env={"PATH": str(path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 1
        assert run.stderr.count("\n") == 1
        assert f"needs Python 3.11, 3.12 or 3.13 and found {found}; install one" in run.stderr


def test_python_without_venv_gives_one_clear_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text(
        '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n[ "$1" = --version ] && echo Python 3.12.1\nexit 0\n'
    )
    bare.chmod(0o755)
    run = subprocess.run(
        ["/bin/sh", str(ROOT / "scripts/venv.sh"), str(tmp_path / "venv")],
        env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "lacks the venv module; install it (Debian: apt install python3-venv)" in run.stderr


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    # put together here, so that this file does not hold what it looks for
    folders = "|".join(("wo" + "rk", "tm" + "p", "ro" + "ot", "ho" + "me", "Us" + "ers"))
    path_of_a_machine = re.compile(rf"(?<![\w.~/)}}-])/(?:{folders})/\w")
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data or path.suffix == ".js":
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), start=1):
            if path_of_a_machine.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_scripts_are_executable() -> None:
    for name in (".ci/run", "scripts/venv.sh", "scripts/pins.sh"):
        assert (ROOT / name).stat().st_mode & 0o111, name

"""A mutation test of the rules: which changes to `kiosk/core` does no test of the rules notice?

`python scripts/mutants.py [--minutes M] [--children N] [MODULE…]`, without modules all of them; one of a
folder is named with it (`replay/run`). mutmut makes the mutants and runs, for each, the fast tests of
`tests/core` that reach the mutated function. It works in a copy of what is under version control, so the
tree stays as it is. What survives is printed as a difference and written to `build/mutants.md`; which of
those are known, and why they may live, stands in `docs/mutants`.

Status 1 when a mutant has survived that is not in those lists, 2 when the tests fail without any mutant.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "kiosk" / "core"
KNOWN, REPORT = ROOT / "docs" / "mutants", ROOT / "build" / "mutants.md"
COPIED = ("kiosk", "hub", "drivers", "calibration", "sim", "tests", "pyproject.toml")
MINUTES, CHILDREN = 30.0, 2
END_S = 20.0
CONFIG = """
[tool.mutmut]
source_paths = ["kiosk"]
also_copy = ["hub", "drivers", "calibration", "sim"]
only_mutate = {modules}
pytest_add_cli_args = ["-m", "not slow", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["tests/core"]
track_dependencies = false
use_git_change_detection = false
"""
SURVIVED, NOT_RUN = "survived", "not run"
KILLED, TIMEOUT, NO_TEST = "killed", "timeout", "no test"
VERDICTS = {
    0: SURVIVED,
    1: KILLED,
    3: KILLED,
    **dict.fromkeys((5, 33), NO_TEST),
    **dict.fromkeys((-24, 24, 36, 152, 255), TIMEOUT),
}
"""By pytest's exit status, or what mutmut puts in its place."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Which changes to the rules does no test notice?")
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help="end after so long (default: %(default)s)"
    )
    parser.add_argument(
        "modules", nargs="*", help="of kiosk/core, e.g. door decision; all where none is named"
    )
    parser.add_argument(
        "--children", type=int, default=CHILDREN, help="mutants tried at once (default: %(default)s)"
    )
    chosen = parser.parse_args(argv)
    modules = chosen.modules or sorted(
        path.relative_to(CORE).with_suffix("").as_posix()
        for path in CORE.rglob("*.py")
        if path.stem != "__init__"
    )
    if missing := [name for name in modules if not (CORE / f"{name}.py").is_file()]:
        sys.stderr.write(f"mutants: there is no kiosk/core/{missing[0]}.py\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        _copy(tree, modules)
        if not _run(tree, chosen.minutes * 60.0, chosen.children):
            return 2
        verdicts = _verdicts(tree, modules)
        survivors = [name for name, verdict in verdicts.items() if verdict in (SURVIVED, NO_TEST)]
        shown = {name: _difference(tree, name) for name in sorted(survivors)}
    return _tell(modules, verdicts, shown)


def _copy(tree: Path, modules: Sequence[str]) -> None:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", *COPIED],
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    with (tree / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(CONFIG.format(modules=json.dumps([f"kiosk/core/{name}.py" for name in modules])))


def _run(tree: Path, seconds: float, children: int) -> bool:
    """Whether the tests were all right to begin with. After `seconds` it ends with what it has."""
    log = tree / "mutmut.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "mutmut", "run", "--max-children", str(children)],
            cwd=tree,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            sys.stdout.write(f"stopped after {seconds / 60:g} minutes; the rest was not run\n")
            process.send_signal(signal.SIGINT)  # it writes down what it has, and ends its children
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            return True
    if process.returncode != 0:
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-4000:])
    return process.returncode == 0


def _verdicts(tree: Path, modules: Sequence[str]) -> dict[str, str]:
    """By the mutant's name. mutmut keeps pytest's exit status for each, beside the mutated file."""
    verdicts = {}
    for module in modules:
        path = tree / "mutants" / "kiosk" / "core" / f"{module}.py.meta"
        if not path.is_file():
            continue
        for name, status in json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            verdicts[name] = NOT_RUN if status is None else VERDICTS.get(status, "suspicious")
    return verdicts


def _difference(tree: Path, name: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-m", "mutmut", "show", name], cwd=tree, check=False, capture_output=True, text=True
    )
    lines = [line for line in shown.stdout.splitlines() if re.match(r"[-+](?![-+])", line)]
    return "\n".join(lines)


def _tell(modules: Sequence[str], verdicts: dict[str, str], shown: dict[str, str]) -> int:
    known = _known()
    news = [
        name
        for name, difference in shown.items()
        if not difference or difference not in known.get(_module(name), "")  # mutmut could not show it
    ]
    counts = Counter(verdicts.values())
    told = ", ".join(f"{times} {verdict}" for verdict, times in sorted(counts.items()))
    text = f"{len(verdicts)} mutants of {len(modules)} modules: {told or 'none'}\n"
    for name, difference in shown.items():
        text += f"\n{name}{'' if name in news else ' (known)'}\n\n```diff\n{difference}\n```\n"
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    sys.stdout.write(f"\n{len(shown)} survived, {len(news)} of them not in docs/mutants\n")
    return 1 if news else 0


def _module(mutant: str) -> str:
    """`replay/run` of `kiosk.core.replay.run.x_find__mutmut_3`."""
    return "/".join(mutant.split(".")[2:-1])


def _known() -> dict[str, str]:
    """By module, the differences that stand in the lists under its name."""
    known: dict[str, str] = {}
    for path in sorted(KNOWN.glob("*.md")):
        for part in re.split(r"^@@ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            module, _, rest = part.partition(" @@\n")
            known[module] = known.get(module, "") + re.split(r"^(?:```|@@ )", rest, flags=re.MULTILINE)[0]
    return known


if __name__ == "__main__":
    sys.exit(main())

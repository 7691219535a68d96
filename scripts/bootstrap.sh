#!/usr/bin/env bash
# Make this checkout ready to run: Debian packages, .venv, the project with its pinned dependencies.
#
# Every `make` target calls it first. On a machine that is ready it only compares a
# fingerprint and asks dpkg, and prints nothing. PYTHON=… chooses the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly LOG="$PWD/build/setup.log"
readonly VENV_PYTHON="$PWD/.venv/bin/python"
readonly STAMP="$PWD/.venv/.ready"

# shellcheck source=scripts/setup_lib.sh
source scripts/setup_lib.sh

fingerprint() {
    {
        cat pyproject.toml constraints.txt
        "${PYTHON:-$VENV_PYTHON}" -c 'import sys; print(sys.version)'
        printf '%s\n' "$PWD"
    } 2>/dev/null | sha256sum | cut -d' ' -f1
}

ready() {
    [[ -x "$VENV_PYTHON" && -r "$STAMP" && "$(<"$STAMP")" == "$(fingerprint)" ]]
}

make_venv() {
    local python
    python="$(find_python)" ||
        fail "no Python of version 3.11 or newer with the venv module was found${PYTHON:+ at PYTHON=$PYTHON}. Install python3 and python3-venv, or name one: make PYTHON=/path/to/python3.11"
    say "Making .venv with $("$python" -V) ($python)"
    quietly "$python" -m venv --clear .venv ||
        fail "$python could not make .venv. See the end of $LOG; on Debian, python3-venv must be installed."
}

install_project() {
    say "Installing the project and its pinned dependencies (some 300 MB on the first run; log: ${LOG#"$PWD"/})"
    quietly "$VENV_PYTHON" -m pip install --no-input --disable-pip-version-check \
        --constraint constraints.txt --editable '.[dev]' ||
        fail "pip could not install what pyproject.toml and constraints.txt ask for: is the network up? See the end of $LOG."
}

# The .venv runs, is of the Python that was asked for, and was made here (its scripts name their place).
usable_venv() {
    suitable "$VENV_PYTHON" || return 1
    if [[ -n "${PYTHON:-}" && "$("$PYTHON" -V 2>&1)" != "$("$VENV_PYTHON" -V 2>&1)" ]]; then return 1; fi
    [[ -x .venv/bin/pip && "$(head -n 1 .venv/bin/pip)" == "#!$VENV_PYTHON"* ]]
}

main() {
    local started=$SECONDS
    # Two `make` at once in one checkout: the second waits here and then finds all done.
    if command -v flock >/dev/null; then
        exec 9<"scripts/bootstrap.sh"
        flock 9
    fi
    debian_packages
    if ready; then return; fi
    usable_venv || make_venv
    install_project
    fingerprint >"$STAMP"
    say "Ready after $((SECONDS - started)) s"
}

main

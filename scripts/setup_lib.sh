# Shared by scripts/bootstrap.sh and systemd/install.sh: sourced, never run.
# Who sources it sets LOG (a file for the noise of apt and pip) and VENV_PYTHON.
# shellcheck shell=bash

# One line a package; after | other names that serve as well (the first that apt knows is installed).
readonly PACKAGES=(
    "libzbar0|libzbar0t64"
    libegl1
    libgl1
    libxkbcommon0
    libfontconfig1
    libdbus-1-3
    "libglib2.0-0|libglib2.0-0t64"
    "fonts-wqy-microhei|fonts-wqy-zenhei|fonts-noto-cjk"
)
readonly DISPLAY_PACKAGES=(
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0
    libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libwayland-cursor0
)

say() { printf '==> %s\n' "$*"; }

fail() {
    printf 'Set-up stopped: %s\n' "$*" >&2
    exit 1
}

# Runs a command with its noise in the log.
quietly() {
    mkdir -p "${LOG%/*}"
    printf '\n$ %s\n' "$*" >>"$LOG"
    "$@" >>"$LOG" 2>&1
}

# --- Debian packages -------------------------------------------------------

# A package whose triggers are still to run is there: another apt is at work on something else.
installed() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -Ex 'installed|triggers-(awaited|pending)' >/dev/null
}

any_installed() {
    local name
    for name in ${1//|/ }; do
        if installed "$name"; then return 0; fi
    done
    return 1
}

missing_packages() {
    local wanted=("${PACKAGES[@]}") spec
    if [[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then wanted+=("${DISPLAY_PACKAGES[@]}"); fi
    if [[ -z "${PYTHON:-}" && ! -x "$VENV_PYTHON" ]] && ! find_python >/dev/null; then
        wanted+=(python3 python3-venv)
    fi
    for spec in "${wanted[@]}"; do
        any_installed "$spec" || printf '%s\n' "$spec"
    done
}

# The first of the names that apt can install here, or the first of all.
name_for_apt() {
    local name
    for name in ${1//|/ }; do
        if apt-cache policy "$name" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
    printf '%s\n' "${1%%|*}"
}

install_packages() {
    local as_root=() names=() spec
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "these Debian packages are missing: ${*%%|*}. There is no sudo here: install them as root, then run this again."
        as_root=(sudo)
    fi
    say "Installing Debian packages: ${*%%|*}"
    quietly "${as_root[@]}" apt-get update ||
        say "apt-get update did not go through (see $LOG); trying with the lists that are here"
    for spec in "$@"; do names+=("$(name_for_apt "$spec")"); done
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-upgrade \
        -o DPkg::Lock::Timeout=120 "${names[@]}" ||
        fail "apt-get could not install ${names[*]}. See the end of $LOG."
}

debian_packages() {
    local missing
    if ! command -v dpkg-query >/dev/null; then
        [[ -x "$VENV_PYTHON" ]] ||
            say "Not a Debian system: zbar, EGL, GL, xkbcommon, fontconfig, D-Bus, GLib and a Chinese font must be there"
        return
    fi
    mapfile -t missing < <(missing_packages)
    if ((${#missing[@]})); then install_packages "${missing[@]}"; fi
}

# --- Python ----------------------------------------------------------------

suitable() {
    "$1" -c 'import sys, ssl, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# $PYTHON alone if it is set, else the first suitable one on the path.
find_python() {
    local candidate candidates=(python3 python3.13 python3.12 python3.11 /usr/bin/python3)
    if [[ -n "${PYTHON:-}" ]]; then candidates=("$PYTHON"); fi
    for candidate in "${candidates[@]}"; do
        if suitable "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

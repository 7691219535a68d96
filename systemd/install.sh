#!/usr/bin/env bash
# Install the kiosk on a Raspberry Pi (or any Debian): /opt/checkpoint-kiosk, commands, users, units, udev rules.
#
#   sudo systemd/install.sh            install, or bring an installation up to this checkout
#   systemd/install.sh --dry-run       say what that would do, and do nothing
#
# It can be run again at any time. /etc/checkpoint-kiosk/site.toml and the journal are never touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly SOURCE="$PWD"
readonly TARGET=/opt/checkpoint-kiosk
readonly SITE=/etc/checkpoint-kiosk/site.toml
readonly VENV_PYTHON="$TARGET/.venv/bin/python"
readonly COMMANDS=(kiosk kiosk-calibrate kiosk-hub)
readonly COMMANDS_FOLDER=/usr/local/bin
readonly LOG=/var/log/checkpoint-kiosk-install.log
readonly UNITS=(checkpoint.target checkpoint-gatekeeper.service checkpoint-screen.service checkpoint-uplink.service)
# Copied, and for whoever has a screen at more than one lane to enable.
readonly FURTHER_UNITS=(checkpoint-display.service checkpoint-screen@.service)
# For gpiozero's lgpio and for evdev, which come as source on some Pythons.
readonly BUILD_PACKAGES=(python3 python3-venv gcc libc6-dev python3-dev swig)
# Debian's own: the units cannot see a Python in somebody's home.
export PYTHON="${PYTHON:-/usr/bin/python3}"

# shellcheck source=scripts/setup_lib.sh
source scripts/setup_lib.sh

dry_run=no

# Runs a command, or says it.
do_it() {
    if [[ $dry_run == yes ]]; then printf '    %s\n' "$*"; else quietly "$@"; fi
}

packages() {
    local missing name
    mapfile -t missing < <(missing_packages)
    for name in "${BUILD_PACKAGES[@]}"; do installed "$name" || missing+=("$name"); done
    if [[ -n "$(apt-cache policy liblgpio-dev 2>/dev/null)" ]] && ! installed liblgpio-dev; then
        missing+=(liblgpio-dev)
    fi
    if ! ((${#missing[@]})); then return; fi
    if [[ $dry_run == yes ]]; then
        do_it apt-get install -y --no-install-recommends "${missing[@]%%|*}"
    else
        install_packages "${missing[@]}"
    fi
}

program() {
    if ! suitable "$VENV_PYTHON"; then
        say "Making $TARGET/.venv"
        do_it mkdir -p "$TARGET"
        do_it "$PYTHON" -m venv --clear "$TARGET/.venv" ||
            fail "no virtual environment could be made in $TARGET: Python 3.11 or newer with the venv module is needed. See $LOG."
    fi
    say "Installing the project into $TARGET/.venv"
    do_it "$VENV_PYTHON" -m pip install --no-input --disable-pip-version-check \
        --constraint "$SOURCE/constraints.txt" "$SOURCE[pi]" ||
        fail "pip could not install the project: is the network up? See the end of $LOG."
}

# link TARGET NAME: only when it is not there; what is not a link may be somebody's own and stays.
link() {
    if [[ "$(readlink "$2")" == "$1" ]]; then return; fi
    if [[ -e $2 && ! -L $2 ]]; then
        say "$2 is another program and is left alone; the kiosk's own is $1"
        return
    fi
    do_it ln -sfn "$1" "$2" || fail "$2 could not be made a link to $1. See $LOG."
}

commands() {
    local name
    say "Commands in $COMMANDS_FOLDER: ${COMMANDS[*]}"
    for name in "${COMMANDS[@]}"; do link "$TARGET/.venv/bin/$name" "$COMMANDS_FOLDER/$name"; done
}

# copy FROM TO: only when it differs.
copy() {
    if ! cmp -s "$1" "$2"; then do_it install -D -m 0644 "$1" "$2"; fi
}

system_files() {
    local unit
    say "Users, folders, udev rules and units"
    copy systemd/checkpoint-kiosk.sysusers /etc/sysusers.d/checkpoint-kiosk.conf
    copy systemd/checkpoint-kiosk.tmpfiles /etc/tmpfiles.d/checkpoint-kiosk.conf
    copy systemd/60-checkpoint-kiosk.rules /etc/udev/rules.d/60-checkpoint-kiosk.rules
    for unit in "${UNITS[@]}" "${FURTHER_UNITS[@]}"; do copy "systemd/$unit" "/etc/systemd/system/$unit"; done
    do_it systemd-sysusers /etc/sysusers.d/checkpoint-kiosk.conf || fail "the users could not be made. See $LOG."
    do_it systemd-tmpfiles --create /etc/tmpfiles.d/checkpoint-kiosk.conf ||
        fail "the folders could not be made. See $LOG."
    if [[ -e $SITE ]]; then
        do_it chgrp checkpoint "$SITE"
        do_it chmod 0640 "$SITE"
    fi
}

start() {
    if [[ $dry_run == no && ! -d /run/systemd/system ]]; then
        say "systemd does not run here: nothing is enabled or started"
        return
    fi
    say "Enabling checkpoint.target"
    do_it udevadm control --reload
    do_it udevadm trigger --subsystem-match=gpio --subsystem-match=i2c-dev --subsystem-match=hidraw \
        --subsystem-match=watchdog
    do_it systemctl daemon-reload
    do_it systemctl enable "${UNITS[@]}" || fail "the units could not be enabled. See $LOG."
    if [[ -e $SITE ]]; then
        do_it systemctl restart "${UNITS[@]}" || fail "the kiosk did not start: see journalctl -u checkpoint-gatekeeper."
    else
        say "There is no $SITE yet: install -m 0640 -g checkpoint systemd/site.example.toml $SITE, fill it in, then: systemctl start checkpoint.target"
    fi
}

main() {
    case "${1:-}" in
    "") ;;
    --dry-run) dry_run=yes ;;
    *) fail "$1 is no option of install.sh; the only one is --dry-run." ;;
    esac
    if [[ $dry_run == no ]] && ((EUID != 0)); then
        fail "install.sh writes to /opt and /etc: run it as root, or look first with --dry-run."
    fi
    command -v dpkg-query >/dev/null || fail "this is not a Debian system; install.sh knows no other."
    packages
    program
    commands
    system_files
    start
    say "Done"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then main "$@"; fi

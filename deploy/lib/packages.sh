# shellcheck shell=bash
# What the machine must offer, and installing what is missing on Debian.

BUILD_PACKAGES=(libpq-dev librabbitmq-dev libmicrohttpd-dev libcurl4-openssl-dev libssl-dev libsodium-dev pkg-config
    libcairo2-dev libpango1.0-dev libqrencode-dev)
# The fonts are those of the documents that are drawn: all scripts.
RUN_PACKAGES=(postgresql-15 rabbitmq-server nginx-light python3 python3-aiosmtpd curl jq openssl gettext-base
    fonts-noto-core fonts-noto-cjk)
# What reads drawn documents, to see whether others can.
TEST_PACKAGES=(poppler-utils zbar-tools)

is_installed() { [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]; }

# Runs a command as root: directly, or through sudo.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 127
    fi
}

# need_packages PACKAGE…: installs the ones that are missing, or says which and how.
need_packages() {
    local missing=() package
    command -v dpkg-query >/dev/null || fail "this needs Debian 12 (dpkg is missing); with Docker, run: docker compose up"
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        fail "these packages are missing and only root can install them: ${missing[*]}. Run: apt-get install ${missing[*]}"
    fi
    say "Installing ${missing[*]}"
    mkdir -p "$DUELY_HOME/log"
    # The packages must not start servers of their own: Duely starts its own under its own folder.
    local policy=/usr/sbin/policy-rc.d placed=
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && placed=1
    fi
    local done=1
    install_quietly "${missing[@]}" || { as_root apt-get update -q && install_quietly "${missing[@]}"; } \
        >>"$DUELY_HOME/log/apt.log" 2>&1 || done=
    if [[ $placed ]]; then as_root rm -f "$policy"; fi
    [[ $done ]] || fail "apt-get could not install ${missing[*]}; its last words are in $DUELY_HOME/log/apt.log."
}

install_quietly() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" \
        >>"$DUELY_HOME/log/apt.log" 2>&1
}

need_swift() {
    local candidate
    if ! command -v swift >/dev/null; then
        for candidate in /opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
            if [[ -x $candidate/swift ]]; then PATH=$candidate:$PATH && break; fi
        done
    fi
    command -v swift >/dev/null \
        || fail "the Swift toolchain is missing: install Swift 6.3 from https://www.swift.org/install/linux/ and put it on PATH."
    local words version
    words=$(swift --version 2>&1) || fail "the Swift toolchain does not run on this machine: $words"
    version=$(sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' <<<"$words" | head -1)
    [[ $(printf '%s\n6.3\n' "$version" | sort -V | head -1) == 6.3 ]] \
        || fail "Swift 6.3 or newer is needed; this is Swift ${version:-of an unknown version}."
}

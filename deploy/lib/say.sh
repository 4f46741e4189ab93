# shellcheck shell=bash
# Words for the person at the terminal. They go to standard error, so that answers can use standard output.

say() { printf '[%3ds] %s\n' "$((SECONDS - STARTED_AT))" "$*" >&2; }

# One clear sentence, then the end.
fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# wait_for WHAT SECONDS COMMAND…: polls the condition until it holds.
wait_for() {
    local what=$1 limit=$2 deadline
    shift 2
    deadline=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || fail "$what did not happen within $limit seconds; the logs are in $DUELY_HOME/log."
        sleep 0.1
    done
}

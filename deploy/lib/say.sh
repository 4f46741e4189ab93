# shellcheck shell=bash
# Words for the person at the terminal. They go to standard error, so that answers can use standard output.

say() { printf '[%3ds] %s\n' "$((SECONDS - STARTED_AT))" "$*" >&2; }

# One clear sentence, then the end.
fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# wait_for WHAT SECONDS ALIVE COMMAND…: polls until the command succeeds; gives up early when ALIVE no longer holds.
wait_for() {
    local what=$1 limit=$2 alive=$3 deadline
    shift 3
    deadline=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        $alive || fail "$what failed: the process ended; its log is in $DUELY_HOME/log."
        ((SECONDS < deadline)) || fail "$what did not happen within $limit seconds; the logs are in $DUELY_HOME/log."
        sleep 0.1
    done
}

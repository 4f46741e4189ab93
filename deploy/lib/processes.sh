# shellcheck shell=bash
# Processes of one instance: a pid file each (pid and start time, so that a reused pid is never mistaken for ours).

start_time_of() { # PID → the clock tick at which it started; fails when it is gone
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    set -- $stat
    [[ $1 != Z ]] || return 1
    echo "${20}"
}

record_process() { # NAME PID
    local started
    started=$(start_time_of "$2") || fail "$1 ended at once; see $DUELY_HOME/log/$1.log."
    mkdir -p "$DUELY_HOME/run"
    echo "$2 $started" >"$DUELY_HOME/run/$1.pid"
}

pid_of() { # NAME → its pid, when it runs
    local pid started
    read -r pid started 2>/dev/null <"$DUELY_HOME/run/$1.pid" || return 1
    [[ $(start_time_of "$pid") == "$started" ]] || return 1
    echo "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

# start_process NAME COMMAND…: in the background, in a session of its own, with a log of its own.
start_process() {
    local name=$1
    shift
    mkdir -p "$DUELY_HOME/log" "$DUELY_HOME/run"
    setsid "$@" </dev/null >>"$DUELY_HOME/log/$name.log" 2>&1 &
    record_process "$name" $!
}

# end_process NAME SIGNAL SECONDS: asks, waits, and insists when the time is over.
end_process() {
    local name=$1 signal=$2 deadline=$((SECONDS + $3)) pid
    pid=$(pid_of "$name") || { rm -f "$DUELY_HOME/run/$name.pid"; return 0; }
    kill "-$signal" "$pid" 2>/dev/null || true
    while is_running "$name"; do
        if ((SECONDS >= deadline)); then
            say "$name did not stop by itself and is killed"
            kill -KILL "$pid" 2>/dev/null || true
            deadline=$((SECONDS + 5))
        fi
        sleep 0.05
    done
    rm -f "$DUELY_HOME/run/$name.pid"
}

# free_port: a port on which nobody listens, below the range that the kernel lends to clients.
free_port() {
    /usr/bin/python3 - <<'PYTHON'
import random, socket
for _ in range(200):
    port = random.randrange(10000, 30000)
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            continue
        print(port)
        break
else:
    raise SystemExit("no free port")
PYTHON
}

# port_for NAME [PREFERRED]: the port of that server in this instance, the same on every start.
port_for() {
    local file=$DUELY_HOME/run/$1.port
    mkdir -p "$DUELY_HOME/run"
    [[ -s $file ]] || echo "${2:-$(free_port)}" >"$file"
    cat "$file"
}

# secret_for NAME: a random text made once per instance and kept readable for its owner only.
secret_for() {
    local file=$DUELY_HOME/secrets/$1
    if [[ ! -s $file ]]; then
        mkdir -p "$DUELY_HOME/secrets"
        chmod 700 "$DUELY_HOME/secrets"
        (umask 077 && openssl rand -hex 24 >"$file")
    fi
    cat "$file"
}

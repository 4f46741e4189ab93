# shellcheck shell=bash
# One PostgreSQL of our own. It refuses to run as root, so root hands it to the user postgres.

postgres_bin() {
    local folder
    folder=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
    [[ -x $folder/postgres ]] || fail "PostgreSQL is missing: apt-get install postgresql-15"
    echo "$folder"
}

# Runs a command as the user that owns the database files.
as_postgres() {
    if ((EUID == 0)); then
        setpriv --reuid postgres --regid postgres --init-groups -- env HOME=/tmp "$@"
    else
        "$@"
    fi
}

# The data folder: inside the instance, or beside it when postgres may not enter the folders above.
postgres_data() {
    if [[ -s $DUELY_HOME/run/postgres.data ]]; then
        cat "$DUELY_HOME/run/postgres.data"
        return
    fi
    local data=$DUELY_HOME/postgres
    mkdir -p "$DUELY_HOME/run"
    if ! as_postgres test -x "$DUELY_HOME"; then
        data=$(mktemp -d /var/tmp/duely-postgres.XXXXXX)
        say "The database keeps its files in $data, because the user postgres may not enter $DUELY_HOME"
    fi
    echo "$data" >"$DUELY_HOME/run/postgres.data"
    echo "$data"
}

start_postgres() {
    is_running postgres && return
    local bin data port
    bin=$(postgres_bin)
    port=$(port_for postgres)
    data=$(postgres_data)
    if [[ ! -s $data/PG_VERSION ]]; then
        say "Creating the database files in $data"
        mkdir -p "$data" "$DUELY_HOME/log"
        if ((EUID == 0)); then chown postgres: "$data"; fi
        chmod 700 "$data"
        # The user postgres may not read the secrets folder, so it gets a copy for as long as initdb runs.
        local password
        password=$(as_postgres mktemp /tmp/duely-password.XXXXXX)
        secret_for postgres | as_postgres tee "$password" >/dev/null
        as_postgres "$bin/initdb" -D "$data" -U postgres -A scram-sha-256 --pwfile="$password" -E UTF8 \
            --locale=C.UTF-8 >>"$DUELY_HOME/log/postgres.log" 2>&1 \
            || fail "initdb failed; see $DUELY_HOME/log/postgres.log."
        rm -f "$password"
        { cat "$ROOT/deploy/postgres/postgresql.conf"; postgres_memory; } \
            | as_postgres tee -a "$data/postgresql.conf" >/dev/null
    fi
    forget_dead_postmaster "$data"
    say "Starting PostgreSQL on 127.0.0.1:$port"
    # The C library would give memory back after every statement and fault it in again for the next one.
    # shellcheck disable=SC2046,SC2086 # options are words
    start_process postgres env --chdir=/ MALLOC_TRIM_THRESHOLD_=67108864 MALLOC_TOP_PAD_=1048576 $(postgres_prefix) "$bin/postgres" -D "$data" \
        -c "port=$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= ${DUELY_POSTGRES_OPTIONS:-}
    wait_for "The start of PostgreSQL" 60 "is_running postgres" admin_psql -c "SELECT 1"
}

# A quarter of the machine for the buffers, as PostgreSQL's manual proposes, and at most 4 GB.
postgres_memory() {
    local megabytes
    megabytes=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
    echo "shared_buffers = $((megabytes / 4 < 4096 ? megabytes / 4 : 4096))MB"
    echo "effective_cache_size = $((megabytes / 2))MB"
}

# After a crash a container without a reaping init keeps the dead process in its table, and PostgreSQL takes its lock
# file for a living one's. The file goes only when the process is dead and none of its children works on the data.
forget_dead_postmaster() {
    local file=$1/postmaster.pid pid
    pid=$(as_postgres head -1 "$file" 2>/dev/null) || return 0
    start_time_of "$pid" >/dev/null && return
    wait_for "The end of the crashed PostgreSQL's children" 30 true nobody_works_in "$1"
    as_postgres rm -f "$file"
}

nobody_works_in() {
    local folder
    for folder in /proc/[0-9]*/cwd; do
        [[ $(readlink "$folder" 2>/dev/null) != "$1" ]] || return 1
    done
}

postgres_prefix() {
    if ((EUID == 0)); then echo "setpriv --reuid postgres --regid postgres --init-groups --"; fi
}

postgres_admin_url() { echo "postgresql://postgres:$(secret_for postgres)@127.0.0.1:$(port_for postgres)/postgres"; }

# psql as the superuser of this instance; further arguments are psql's.
admin_psql() {
    PGPASSWORD=$(secret_for postgres) psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$(postgres_address)" "$@"
}

postgres_address() { echo "postgresql://postgres@127.0.0.1:$(port_for postgres)/postgres"; }

# SIGINT is the fast shutdown: sessions are ended, data is flushed.
stop_postgres() { end_process postgres INT 20; }

# psql as the superuser in the database of the services.
duely_psql() {
    PGPASSWORD=$(secret_for postgres) psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
        "postgresql://postgres@127.0.0.1:$(port_for postgres)/duely" "$@"
}

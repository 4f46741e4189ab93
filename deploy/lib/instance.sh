# shellcheck shell=bash
# All parts of an instance together, in their order.

start_everything() {
    # The clock of this instance: a shift in seconds, which tests raise to let days pass.
    [[ -e $DUELY_HOME/clock ]] || echo 0 >"$DUELY_HOME/clock"
    start_postgres
    start_rabbitmq
    prepare_storage
    start_mail
    start_gateway
    local name
    write_environment payment
    apply_topology
    for name in $(all_replicas); do start_service "$name"; done
    for name in $(all_replicas); do wait_for_service "$name"; done
    start_nginx
}

stop_everything() {
    local name
    stop_nginx
    # All are asked at once; each then gets its time to finish what it has begun.
    for name in $(all_replicas); do
        if is_running "$name"; then kill -TERM "$(pid_of "$name")" 2>/dev/null || true; fi
    done
    for name in $(all_replicas); do end_process "$name" TERM 20; done
    end_process gateway TERM 5
    end_process mail TERM 5
    stop_rabbitmq
    stop_postgres
}

delete_instance() {
    local data
    data=$(cat "$DUELY_HOME/run/postgres.data" 2>/dev/null || true)
    if [[ $data == /var/tmp/duely-postgres.* ]]; then rm -rf "$data"; fi
    rm -rf "$DUELY_HOME"
}

# shellcheck shell=bash
# One RabbitMQ of our own: its own node name, cookie, port mapper and ports, all on the loopback interface.

RABBITMQ_SERVER=/usr/lib/rabbitmq/bin/rabbitmq-server
RABBITMQ_CTL=/usr/lib/rabbitmq/bin/rabbitmqctl

# What the broker and its command line tool find in their environment.
rabbitmq_environment() {
    local base=$DUELY_HOME/rabbitmq
    mkdir -p "$base" "$DUELY_HOME/log"
    export HOME=$base
    export ERL_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1
    ERL_EPMD_PORT=$(port_for epmd)
    export RABBITMQ_NODENAME RABBITMQ_NODE_PORT RABBITMQ_DIST_PORT
    RABBITMQ_NODE_PORT=$(port_for rabbitmq)
    RABBITMQ_DIST_PORT=$(port_for rabbitmq-cluster)
    RABBITMQ_NODENAME=duely$RABBITMQ_NODE_PORT@localhost
    export RABBITMQ_CONFIG_FILE=$base/rabbitmq RABBITMQ_MNESIA_BASE=$base/data RABBITMQ_LOG_BASE=$DUELY_HOME/log
    export RABBITMQ_ENABLED_PLUGINS_FILE=$base/plugins RABBITMQ_PID_FILE=$base/pid RABBITMQ_GENERATED_CONFIG_DIR=$base
    export RABBITMQ_CONF_ENV_FILE=$base/none RABBITMQ_ADVANCED_CONFIG_FILE=$base/advanced
    # Without busy waiting: on a small machine the schedulers would take the processor from everybody else. With one
    # large piece of memory that is kept: giving memory back and faulting it in again costs a tenth of the broker's time.
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} \
+sbwt none +sbwtdcpu none +sbwtdio none +MMscs 512 +MMsco false"
    # The tool opens a port as well; its own default lies in the range that the kernel lends to clients.
    export RABBITMQ_CTL_DIST_PORT_MIN=30000 RABBITMQ_CTL_DIST_PORT_MAX=32000
}

write_rabbitmq_configuration() {
    local base=$DUELY_HOME/rabbitmq
    mkdir -p "$base"
    sed -e "s/@PORT@/$(port_for rabbitmq)/" -e "s/@MANAGEMENT_PORT@/$(port_for rabbitmq-management)/" \
        -e "s/@PASSWORD@/$(secret_for rabbitmq)/" "$ROOT/deploy/rabbitmq/local.conf" >"$base/rabbitmq.conf"
    # A test that needs a broker of another kind adds its lines, for example a TLS listener.
    if [[ ${DUELY_RABBITMQ_EXTRA-} ]]; then cat "$DUELY_RABBITMQ_EXTRA" >>"$base/rabbitmq.conf"; fi
    echo '[rabbitmq_management].' >"$base/plugins"
    if [[ ! -s $base/.erlang.cookie ]]; then
        (umask 077 && secret_for erlang-cookie >"$base/.erlang.cookie")
        chmod 400 "$base/.erlang.cookie"
    fi
}

start_rabbitmq() {
    is_running rabbitmq && return
    [[ -x $RABBITMQ_SERVER ]] || fail "RabbitMQ is missing: apt-get install rabbitmq-server"
    write_rabbitmq_configuration
    say "Starting RabbitMQ on 127.0.0.1:$(port_for rabbitmq)"
    if ! is_running epmd; then
        start_process epmd epmd -port "$(port_for epmd)" -address 127.0.0.1
    fi
    rm -f "$DUELY_HOME/rabbitmq/pid"
    (
        rabbitmq_environment
        setsid "$RABBITMQ_SERVER" </dev/null >>"$DUELY_HOME/log/rabbitmq.log" 2>&1 &
        echo $! >"$DUELY_HOME/run/rabbitmq.starter"
    )
    wait_for "The start of RabbitMQ" 90 rabbitmq_is_starting rabbitmq_is_ready
    record_process rabbitmq "$(cat "$DUELY_HOME/rabbitmq/pid")"
}

rabbitmq_is_starting() { start_time_of "$(cat "$DUELY_HOME/run/rabbitmq.starter")" >/dev/null; }

rabbitmq_is_ready() {
    [[ -s $DUELY_HOME/rabbitmq/pid ]] && rabbitmq_curl -o /dev/null "$(rabbitmq_management_address)/api/overview" \
        && (exec 3<>"/dev/tcp/127.0.0.1/$(port_for rabbitmq)")
}

rabbitmq_url() { echo "amqp://duely:$(secret_for rabbitmq)@127.0.0.1:$(port_for rabbitmq)/"; }

rabbitmq_management_address() { echo "http://127.0.0.1:$(port_for rabbitmq-management)"; }

rabbitmq_management_url() { echo "http://duely:$(secret_for rabbitmq)@127.0.0.1:$(port_for rabbitmq-management)"; }

# curl as the broker's administrator; the password is not among the arguments, which every user of the machine sees.
rabbitmq_curl() { curl -fsS -K <(printf 'user = "duely:%s"\n' "$(secret_for rabbitmq)") "$@"; }

# rabbitmqctl of this instance's broker.
rabbitmqctl_here() { (rabbitmq_environment && "$RABBITMQ_CTL" "$@"); }

stop_rabbitmq() {
    end_process rabbitmq TERM 30
    end_process epmd TERM 5
}

# shellcheck shell=bash
# The five services, the gateway simulator and the mail sink of one instance.

SERVICES=(identity invoice payment scheduler notification)

# The processes of a service beside each other: NAME, NAME-2, NAME-3… As many as DUELY_<NAME>_REPLICAS says, and as
# there were before when it says nothing.
replicas_of() { # NAME
    local setting=DUELY_${1^^}_REPLICAS count
    count=${!setting:-$(find "$DUELY_HOME/run" -maxdepth 1 -name "$1.port" -o -name "$1-*.port" | wc -l)}
    echo "$1"
    if ((count > 1)); then seq -f "$1-%g" 2 "$count"; fi
}

all_replicas() {
    local name
    for name in "${SERVICES[@]}"; do replicas_of "$name"; done
}

gateway_url() { echo "${DUELY_GATEWAY_URL:-http://127.0.0.1:$(port_for gateway)}"; }

mail_url() { echo "http://127.0.0.1:$(port_for mail-http)"; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# key_for NAME: 32 random bytes as base64url, made once.
key_for() {
    local file=$DUELY_HOME/secrets/$1
    if [[ ! -s $file ]]; then
        mkdir -p "$DUELY_HOME/secrets"
        chmod 700 "$DUELY_HOME/secrets"
        (umask 077 && openssl rand 32 | base64url >"$file")
    fi
    cat "$file"
}

# The key pair that seals secret links on their way to the notification service.
seal_key() { # public|secret
    local file=$DUELY_HOME/secrets/seal.pem
    if [[ ! -s $file ]]; then
        mkdir -p "$DUELY_HOME/secrets"
        (umask 077 && openssl genpkey -algorithm X25519 -out "$file")
    fi
    if [[ $1 == public ]]; then
        openssl pkey -in "$file" -pubout -outform DER | tail -c 32 | base64url
    else
        openssl pkey -in "$file" -outform DER | tail -c 32 | base64url
    fi
}

# Creates the database, one role and one schema per service, and the accounts of the broker.
prepare_storage() {
    local name
    (
        PGPASSWORD=$(secret_for postgres)
        export PGPASSWORD
        for name in "${SERVICES[@]}"; do
            export "DUELY_${name^^}_DATABASE_PASSWORD=$(secret_for "database-$name")"
        done
        "$ROOT/deploy/postgres/create-roles" "$(postgres_address)" duely "${SERVICES[@]}"
    ) >>"$DUELY_HOME/log/postgres-roles.log" 2>&1 \
        || fail "the database roles could not be created; see $DUELY_HOME/log/postgres-roles.log."
    manage_rabbitmq PUT /api/vhosts/duely '{}'
    manage_rabbitmq PUT /api/permissions/duely/duely '{"configure":".*","write":".*","read":".*"}'
    for name in "${SERVICES[@]}"; do
        manage_rabbitmq PUT "/api/users/$name" "{\"password\":\"$(secret_for "broker-$name")\",\"tags\":\"\"}"
        # A service writes to what is its own and reads its own queues; the topology is applied by the operator.
        manage_rabbitmq PUT "/api/permissions/duely/$name" \
            "{\"configure\":\"^$\",\"write\":\"^$name\\\\.\",\"read\":\"^$name\\\\.\"}"
    done
}

manage_rabbitmq() { # METHOD PATH JSON
    rabbitmq_curl -X "$1" -H 'Content-Type: application/json' -d "$3" "$(rabbitmq_management_address)$2" \
        >>"$DUELY_HOME/log/rabbitmq-admin.log" 2>&1 \
        || fail "RabbitMQ refused $1 $2; see $DUELY_HOME/log/rabbitmq-admin.log."
}

apply_topology() {
    say "Applying exchanges, queues and bindings"
    (
        load_environment payment
        DUELY_AMQP_URL="$(rabbitmq_url)duely" "$(program duely-payment)" topology
    ) >>"$DUELY_HOME/log/topology.log" 2>&1 || fail "the topology was refused; see $DUELY_HOME/log/topology.log."
}

# Writes the settings of a service's replica: what it needs and nothing else, readable for the owner only.
write_environment() {
    local name=${1%-*} file=$DUELY_HOME/env/$1
    mkdir -p "$DUELY_HOME/env"
    (
        umask 077
        {
            setting DUELY_HTTP_HOST 127.0.0.1
            setting DUELY_HTTP_PORT "$(port_for "$1")"
            setting DUELY_DATABASE_URL \
                "postgres://$name:$(secret_for "database-$name")@127.0.0.1:$(port_for postgres)/duely"
            setting DUELY_DATABASE_SSLMODE disable
            setting DUELY_AMQP_URL "amqp://$name:$(secret_for "broker-$name")@127.0.0.1:$(port_for rabbitmq)/duely"
            setting DUELY_CLOCK_FILE "$DUELY_HOME/clock"
            setting DUELY_IDENTITY_URL "http://127.0.0.1:$(port_for identity)"
            setting DUELY_PUBLIC_URL "$(public_url)"
            setting DUELY_TRUSTED_PROXIES 127.0.0.1
            environment_of_"$name"
            # What the caller set for this instance wins, and stays for later restarts.
            if [[ -s $DUELY_HOME/env/overrides ]]; then cat "$DUELY_HOME/env/overrides"; fi
        } >"$file"
    )
}

setting() { printf '%s=%q\n' "$1" "$2"; }

environment_of_identity() {
    setting DUELY_SIGNING_KEY_SECRET "$(key_for signing-key)"
    setting DUELY_SEAL_PUBLIC_KEY "$(seal_key public)"
}

environment_of_invoice() {
    setting DUELY_SEAL_PUBLIC_KEY "$(seal_key public)"
    setting DUELY_PAY_LINK_KEYS "1:$(key_for pay-link)"
}

environment_of_payment() {
    setting DUELY_PAY_LINK_KEYS "1:$(key_for pay-link)"
    setting DUELY_GATEWAY_URL "$(gateway_url)"
    setting DUELY_GATEWAY_SECRET_KEY "sk_test_$(secret_for gateway-secret)"
    setting DUELY_GATEWAY_PUBLISHABLE_KEY "pk_test_$(secret_for gateway-publishable)"
    setting DUELY_GATEWAY_WEBHOOK_SECRETS "whsec_$(secret_for gateway-webhook)"
}

environment_of_scheduler() { :; }

environment_of_notification() {
    setting DUELY_SEAL_SECRET_KEY "$(seal_key secret)"
    setting DUELY_SMTP_URL "smtp://127.0.0.1:$(port_for mail-smtp)"
    setting DUELY_MAIL_FROM invoices@duely.test
    setting DUELY_SMTP_SECURITY none
}

load_environment() { # NAME: exports the settings of a service into this shell
    set -a
    # shellcheck disable=SC1090 # written by write_environment
    . "$DUELY_HOME/env/$1"
    set +a
}

# What the caller set by hand is kept, so that a later restart of one service uses it as well.
keep_overrides() {
    mkdir -p "$DUELY_HOME/env"
    local name
    (
        umask 077
        for name in $(compgen -e | grep '^DUELY_' || true); do
            case $name in
            DUELY_HOME | DUELY_TEST_* | DUELY_EDGE_* | DUELY_*_REPLICAS | DUELY_POSTGRES_OPTIONS | DUELY_GATEWAY_PORT \
                | DUELY_GATEWAY_LATENCY_MS | DUELY_GATEWAY_WEBHOOKS | DUELY_ROOT) ;;
            *) setting "$name" "${!name}" ;;
            esac
        done >"$DUELY_HOME/env/overrides"
    )
}

start_service() { # REPLICA
    is_running "$1" && return
    write_environment "$1"
    say "Starting $1 on 127.0.0.1:$(port_for "$1")"
    (
        load_environment "$1"
        start_process "$1" "$(program "duely-${1%-*}")" run
    )
}

wait_for_service() { # REPLICA
    wait_for "The start of $1" 60 "is_running $1" \
        curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$(port_for "$1")/ready"
}

# What the webhook of an account at the gateway has to be told.
GATEWAY_EVENTS=$(
    printf '%s,' payment_intent.{succeeded,payment_failed,requires_action} charge.refunded \
        charge.dispute.{created,updated,closed} setup_intent.succeeded payment_method.{updated,automatically_updated,detached}
)

start_gateway() {
    is_running gateway && return
    local port
    port=$(port_for gateway)
    say "Starting the card gateway simulator on 127.0.0.1:$port"
    if [[ ${DUELY_GATEWAY_WEBHOOKS-} != off ]]; then
        local DUELY_GATEWAY_WEBHOOK_URL DUELY_GATEWAY_WEBHOOK_SECRET DUELY_GATEWAY_WEBHOOK_EVENTS
        DUELY_GATEWAY_WEBHOOK_EVENTS=$GATEWAY_EVENTS
        DUELY_GATEWAY_WEBHOOK_URL=http://127.0.0.1:$(port_for payment)/v1/gateway/webhooks/platform
        DUELY_GATEWAY_WEBHOOK_SECRET=whsec_$(secret_for gateway-webhook)
        export DUELY_GATEWAY_WEBHOOK_URL DUELY_GATEWAY_WEBHOOK_SECRET DUELY_GATEWAY_WEBHOOK_EVENTS
    fi
    DUELY_GATEWAY_PORT=$port DUELY_GATEWAY_PUBLIC_URL=http://127.0.0.1:$port \
        DUELY_GATEWAY_STATE_FILE=$DUELY_HOME/gateway.json start_process gateway "$(program gateway-simulator)"
    wait_for "The start of the gateway simulator" 10 "is_running gateway" curl -fsS "http://127.0.0.1:$port/_control/status"
}

start_mail() {
    is_running mail && return
    say "Starting the mail sink: SMTP on 127.0.0.1:$(port_for mail-smtp), its page on $(mail_url)"
    start_process mail "$ROOT/deploy/mail-sink" --folder "$DUELY_HOME/mail" --smtp-port "$(port_for mail-smtp)" \
        --http-port "$(port_for mail-http)"
    wait_for "The start of the mail sink" 10 "is_running mail" curl -fsS "$(mail_url)/mails"
}

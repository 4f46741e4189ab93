# shellcheck shell=bash
# nginx of one instance: renders the templates of deploy/nginx and starts it without any daemon of the system.

# Replaces the named ${DUELY_…} of a template and nothing else: nginx has variables of its own.
# shellcheck disable=SC2016 # envsubst wants the names as they are written
render() {
    envsubst '${DUELY_EDGE_USER} ${DUELY_EDGE_WORKERS} ${DUELY_EDGE_STATE} ${DUELY_EDGE_LOG} ${DUELY_EDGE_RATE}
        ${DUELY_EDGE_CREDENTIALS_RATE} ${DUELY_EDGE_CREDENTIALS_BURST} ${DUELY_EDGE_BURST} ${DUELY_EDGE_CONNECTIONS}
        ${DUELY_EDGE_LISTEN} ${DUELY_EDGE_TLS} ${DUELY_EDGE_WEB} ${DUELY_EDGE_ROUTES} ${DUELY_GATEWAY_ORIGIN}
        ${DUELY_IDENTITY_UPSTREAM} ${DUELY_INVOICE_UPSTREAM} ${DUELY_PAYMENT_UPSTREAM} ${DUELY_SCHEDULER_UPSTREAM}
        ${DUELY_NOTIFICATION_UPSTREAM}' <"$1"
}

edge_address() { echo "${DUELY_EDGE_ADDRESS:-127.0.0.1}"; }

edge_port() { port_for nginx "$(preferred_port "${DUELY_EDGE_PORT:-8080}")"; }

# The port asked for, or a free one when somebody else has it.
preferred_port() {
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then free_port; else echo "$1"; fi
}

public_url() {
    local scheme=http
    if [[ ${DUELY_EDGE_CERTIFICATE-} ]]; then scheme=https; fi
    echo "${DUELY_PUBLIC_URL:-$scheme://$(edge_address | sed 's/^0\.0\.0\.0$/127.0.0.1/'):$(edge_port)}"
}

write_edge_configuration() (
    state=$DUELY_HOME/nginx
    mkdir -p "$state" "$DUELY_HOME/log"
    export DUELY_EDGE_STATE=$state DUELY_EDGE_LOG=$DUELY_HOME/log/nginx-access.log DUELY_EDGE_WEB=$ROOT/Services/Web
    export DUELY_EDGE_WORKERS=${DUELY_EDGE_WORKERS:-1} DUELY_EDGE_ROUTES=$state/routes.conf
    export DUELY_EDGE_RATE=${DUELY_EDGE_RATE:-100} DUELY_EDGE_BURST=${DUELY_EDGE_BURST:-400}
    export DUELY_EDGE_CREDENTIALS_RATE=${DUELY_EDGE_CREDENTIALS_RATE:-5}
    export DUELY_EDGE_CREDENTIALS_BURST=${DUELY_EDGE_CREDENTIALS_BURST:-30}
    export DUELY_EDGE_CONNECTIONS=${DUELY_EDGE_CONNECTIONS:-200}
    export DUELY_EDGE_USER='' DUELY_EDGE_TLS='' DUELY_EDGE_LISTEN
    DUELY_EDGE_LISTEN="$(edge_address):$(edge_port)"
    if [[ ${DUELY_EDGE_CERTIFICATE-} ]]; then
        DUELY_EDGE_LISTEN+=' ssl http2'
        DUELY_EDGE_TLS="ssl_certificate $DUELY_EDGE_CERTIFICATE; ssl_certificate_key $DUELY_EDGE_CERTIFICATE_KEY;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off; ssl_session_cache shared:tls:5m;
        add_header Strict-Transport-Security 'max-age=31536000' always;"
    fi
    if ((EUID == 0)); then
        # The pages must be readable for the workers; in a folder that only root may enter they stay root.
        DUELY_EDGE_USER='user www-data;'
        setpriv --reuid www-data --regid www-data --clear-groups test -r "$ROOT/Services/Web/pay.html" \
            || DUELY_EDGE_USER='user root;'
    fi
    for name in "${SERVICES[@]}"; do
        servers=
        for replica in $(replicas_of "$name"); do servers+="${servers:+; server }127.0.0.1:$(port_for "$replica")"; done
        export "DUELY_${name^^}_UPSTREAM=$servers"
    done
    export DUELY_GATEWAY_ORIGIN
    DUELY_GATEWAY_ORIGIN=$(gateway_url)
    render "$ROOT/deploy/nginx/nginx.conf.template" >"$state/nginx.conf"
    render "$ROOT/deploy/nginx/routes.conf.template" >"$state/routes.conf"
    render "$ROOT/deploy/nginx/page-headers.conf.template" >"$state/page-headers.conf"
)

start_nginx() {
    is_running nginx && return
    local nginx
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    [[ -x $nginx ]] || fail "nginx is missing: apt-get install nginx-light"
    write_edge_configuration
    "$nginx" -t -q -c "$DUELY_HOME/nginx/nginx.conf" 2>>"$DUELY_HOME/log/nginx.log" \
        || fail "nginx refuses its configuration; see $DUELY_HOME/log/nginx.log."
    say "Starting nginx on $(public_url)"
    start_process nginx "$nginx" -c "$DUELY_HOME/nginx/nginx.conf" -g 'daemon off;'
    wait_for "The start of nginx" 10 "is_running nginx" curl -fsSk -o /dev/null "$(public_url)/robots.txt"
}

stop_nginx() { end_process nginx QUIT 5; }

# shellcheck shell=bash
# Everyone gets in, nobody gets where they don't belong.

run=$(openssl rand -hex 4)
owner=owner.$run@tour.test
guest=guest.$run@tour.test
colleague=colleague.$run@tour.test
payer=payer.$run@tour.test
password='a long sentence that nobody guesses'

credentials() { jq -nc --arg e "$1" --arg p "${2:-$password}" '{email:$e,password:$p}'; }
secret_of() { printf '%s' "${LINK##*/}"; }
log_in() { # EMAIL [PASSWORD]: the tokens are in BODY
    ask 200 POST /v1/sessions "$(credentials "$@")"
    ACCESS=$(field .access_token) REFRESH=$(field .refresh_token)
}
sign_up() { # EMAIL
    jq -nc --arg e "$1" --arg p "$password" '{email:$e,password:$p,name:"Olga Owner",organization:{name:"Tour",
        currency:"EUR",zone:"Europe/Paris",invoice_prefix:"TO",address:"1 Rue du Port, Brest"}}'
}

step "Sign-up tells nobody who has an account"
ask 201 POST /v1/sign-up "$(sign_up "$owner")"
first=$(jq -c 'keys' <<<"$BODY")
mail "$owner" /verifications/
ask 401 POST /v1/sessions "$(credentials "$owner")"
unproven=$(field .detail)
# Whoever knows the password gets the link again, and only the new one counts.
mail "$owner" /verifications/
ask 200 POST /v1/verifications "{\"token\":\"$(secret_of)\"}"
log_in "$owner"
admin=$ACCESS organization=$(field .organization_id)
ask 201 POST /v1/sign-up "$(sign_up "$owner")"
must "the answer for a known address has the same form" test "$(jq -c 'keys' <<<"$BODY")" = "$first"
ask 401 POST /v1/sessions "$(credentials "$owner" 'not the right words')"
must "a wrong password and an unproven address are answered alike" test "$(field .detail)" = "$unproven"
ask 401 POST /v1/sessions "$(credentials "nobody.$run@tour.test")"
must "so is an unknown address" test "$(field .detail)" = "$unproven"

step "Bad input names its fields"
ask 422 POST /v1/sign-up '{"email":"no address","password":"short","organization":{"currency":"ZZZ"}}'
must "each field has an error" test "$(jq '.errors | length' <<<"$BODY")" -ge 4
ask 400 POST /v1/sign-up '{"email":'
ask 422 POST /v1/sign-up "$(jq -c '.password = "password1234"' <<<"$(sign_up "weak.$run@tour.test")")"

step "Sessions: list, end one, end all; a stolen refresh token ends its family"
log_in "$owner"
second=$ACCESS
ask 200 GET /v1/sessions '' "$admin"
must "both are listed" test "$(jq length <<<"$BODY")" -ge 2
ask 204 DELETE /v1/sessions/current '' "$second"
soon 401 GET /v1/customers '' "$second"
log_in "$owner"
stolen=$REFRESH victim=$ACCESS
ask 200 POST /v1/sessions/refresh "{\"refresh_token\":\"$stolen\"}"
renewed=$(field .access_token)
ask 200 GET /v1/me '' "$renewed"
# Two tabs may use one token at the same moment; after ten seconds it is somebody else.
sleep 11
ask 401 POST /v1/sessions/refresh "{\"refresh_token\":\"$stolen\"}"
soon 401 GET /v1/customers '' "$renewed"
soon 401 GET /v1/customers '' "$victim"

step "A forgotten password: one use, every session ends"
ask 202 POST /v1/password_resets "{\"email\":\"nobody.$run@tour.test\"}"
ask 202 POST /v1/password_resets "{\"email\":\"$owner\"}"
mail "$owner" /password_resets/
reset=$(secret_of)
password='another sentence that nobody guesses'
ask 204 POST "/v1/password_resets/$reset" "$(jq -nc --arg p "$password" '{password:$p}')"
ask 422 POST "/v1/password_resets/$reset" "$(jq -nc --arg p "$password" '{password:$p}')"
soon 401 GET /v1/customers '' "$admin"
log_in "$owner"
admin=$ACCESS

step "A second factor, with recovery codes that count once"
ask 201 POST /v1/me/totp "$(jq -nc --arg p "$password" '{password:$p}')" "$admin"
secret=$(field .secret)
ask 200 POST /v1/me/totp/confirm "{\"code\":\"$(totp "$secret")\"}" "$admin"
code=$(field '.recovery_codes[0]')
ask 401 POST /v1/sessions "$(credentials "$owner")"
ask 200 POST /v1/sessions "$(credentials "$owner" | jq -c --arg c "$code" '.recovery_code = $c')"
admin=$(field .access_token)
ask 401 POST /v1/sessions "$(credentials "$owner" | jq -c --arg c "$code" '.recovery_code = $c')"
ask 422 DELETE /v1/me/totp "$(jq -nc --arg p "$password" '{password:$p,code:"000000"}')" "$admin"
ask 200 POST /v1/me/totp/recovery_codes "$(jq -nc --arg p "$password" '{password:$p}')" "$admin"
code=$(field '.recovery_codes[0]')
ask 204 DELETE /v1/me/totp "$(jq -nc --arg p "$password" --arg c "$code" '{password:$p,recovery_code:$c}')" "$admin"

step "A team: invited, restricted, removed; an invitation is for one address"
ask 201 POST /v1/invitations "{\"kind\":\"member\",\"role\":\"member\",\"email\":\"$colleague\"}" "$admin"
mail "$colleague" /invitations/
invitation=$(secret_of)
ask 200 GET "/v1/invitations/$invitation"
ask 200 POST "/v1/invitations/$invitation/accept" "$(jq -nc --arg p "$password" '{name:"Carl Colleague",password:$p}')"
member_id=$(field .account_id)
log_in "$colleague"
member=$ACCESS
ask 403 GET /v1/audit_events '' "$member"
ask 403 POST /v1/api_keys '{"name":"mine","scopes":["invoices.read"]}' "$member"
soon 200 GET /v1/customers '' "$member"
ask 200 PATCH "/v1/members/$member_id" '{"permissions":["invoices.read"]}' "$admin"
log_in "$colleague"
soon 403 POST /v1/customers '{"name":"Not mine"}' "$ACCESS"
ask 204 DELETE "/v1/members/$member_id" '' "$admin"
soon 401 GET /v1/customers '' "$ACCESS"
ask 201 POST /v1/invitations "{\"kind\":\"member\",\"role\":\"admin\",\"email\":\"$guest\"}" "$admin"
guest_invitation=$(field .id)
mail "$guest" /invitations/
ask 403 POST "/v1/invitations/$(secret_of)/accept" '' "$admin"
ask 204 DELETE "/v1/invitations/$guest_invitation" '' "$admin"
ask 410 POST "/v1/invitations/$(secret_of)/accept" "$(jq -nc --arg p "$password" '{name:"Gus Guest",password:$p}')"

step "A client of this sender"
soon 201 POST /v1/customers "{\"name\":\"Payer & Sons\",\"email\":\"$payer\"}" "$admin"
customer=$(field .id)
ask 201 POST /v1/invitations "{\"kind\":\"client\",\"customer_id\":\"$customer\",\"email\":\"$payer\",\"name\":\"Petra Payer\"}" "$admin"
mail "$payer" /invitations/
ask 200 POST "/v1/invitations/$(secret_of)/accept" "$(jq -nc --arg p "$password" '{name:"Petra Payer",password:$p}')"
log_in "$payer"
client=$ACCESS
ask 403 GET /v1/customers '' "$client"
soon 200 GET /v1/invoices '' "$client"
ask 403 GET "/v1/organizations/$organization" '' "$client"

step "Machines: a key shown once, rotated with an overlap, revoked; client credentials"
ask 201 POST /v1/api_keys '{"name":"books","scopes":["invoices.read","customers.read"]}' "$admin"
key=$(field .key) key_id=$(field .id)
soon 200 GET /v1/invoices '' "$key"
must "the plan is told with each answer" test "$(header ratelimit)$(header ratelimit-limit)"
ask 403 POST /v1/customers '{"name":"Not allowed"}' "$key"
ask 200 POST "/v1/api_keys/$key_id/rotate" '{"overlap_seconds":0}' "$admin"
renewed=$(field .key)
soon 401 GET /v1/invoices '' "$key"
soon 200 GET /v1/invoices '' "$renewed"
ask 204 DELETE "/v1/api_keys/$key_id" '' "$admin"
soon 401 GET /v1/invoices '' "$renewed"
ask 201 POST /v1/api_clients '{"name":"sync","scopes":["invoices.read"]}' "$admin"
client_id=$(field .client_id) client_secret=$(field .client_secret)
ask 200 POST /oauth/token '' '' -u "$client_id:$client_secret" -d grant_type=client_credentials
soon 200 GET /v1/invoices '' "$(field .access_token)"
ask 401 POST /oauth/token '' '' -u "$client_id:wrong" -d grant_type=client_credentials

step "A new signing key, and nobody restarts"
rotate_key() (load_environment identity && "$(program duely-identity)" rotate-key)
log_in "$owner"
before=$ACCESS
rotate_key 2>/dev/null
# It is announced for ten seconds before it signs.
for _ in $(seq 20); do
    log_in "$owner" >/dev/null
    if [[ ${ACCESS%%.*} != "${before%%.*}" ]]; then break; fi
    sleep 1
done
must "tokens are signed with another key" test "${ACCESS%%.*}" != "${before%%.*}"
ask 200 GET /v1/customers '' "$ACCESS"
ask 200 GET /v1/customers '' "$before"

step "Identity is away: the others go on, also after a restart"
"$ROOT/deploy/service" identity stop
ask 200 GET /v1/customers '' "$admin"
"$ROOT/deploy/service" invoice restart
ask 200 GET /v1/customers '' "$admin"
ask 503 GET /v1/me '' "$admin"
"$ROOT/deploy/service" identity start
soon 200 GET /v1/me '' "$admin"

step "What happened is on record, and a person can leave"
ask 200 GET '/v1/audit_events?limit=100' '' "$admin"
must "the owner reads who did what, when, from where" test \
    "$(jq '[.[] | select(.kind and .at and .client_address)] | length' <<<"$BODY")" -gt 5
ask 200 GET /v1/me/export '' "$client"
must "the export knows the person" grep -q 'Petra Payer' <<<"$BODY"
ask 204 POST /v1/me/erasure "$(jq -nc --arg p "$password" '{password:$p}')" "$client"
soon 401 GET /v1/invoices '' "$client"
ask 401 POST /v1/sessions "$(credentials "$payer")"

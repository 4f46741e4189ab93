# shellcheck shell=bash
# The words of a tour: one request, the answer that must come, and what of it the next request needs.

STEPS=0
BODY=
HEADERS=

# step WHAT: a heading.
step() { printf '\n%s\n' "$*"; }

# ask STATUS METHOD PATH [JSON] [TOKEN] [curl options…]: sends it, shows it, and fails on another status.
ask() {
    local expected=$1 method=$2 path=$3 json=${4-} token=${5-} file status
    shift $(($# < 5 ? $# : 5))
    file=$(mktemp -d)
    local options=(-sS -X "$method" -o "$file/body" -D "$file/headers" -w '%{http_code}' "$@")
    if [[ $json ]]; then options+=(-H 'Content-Type: application/json' -d "$json"); fi
    if [[ $token ]]; then options+=(-H "Authorization: Bearer $token"); fi
    status=$(curl "${options[@]}" "$(public_url)$path")
    BODY=$(tr -d '\0' <"$file/body") HEADERS=$(tr -d '\r' <"$file/headers")
    rm -rf "$file"
    STEPS=$((STEPS + 1))
    printf '  %-6s %-52s %s %s\n' "$method" "${path:0:52}" "$status" "$(field .code)"
    [[ $status == "$expected" ]] || fail "$method $path was answered $status instead of $expected: $BODY"
}

# field FILTER: a value of the last answer, nothing if there is none.
field() { jq -r "$1 // empty" <<<"$BODY" 2>/dev/null || true; }

# header NAME: a header of the last answer.
header() { awk -v name="${1,,}:" 'tolower($1) == name { sub(/^[^ ]+ /, ""); print; exit }' <<<"$HEADERS"; }

# must WHAT TEST…: a condition that the last answer has to meet.
must() {
    local what=$1
    shift
    STEPS=$((STEPS + 1))
    "$@" || fail "$what: $BODY"
    printf '         %s\n' "$what"
}

# soon STATUS METHOD PATH [JSON] [TOKEN]: what becomes true within seconds, because other services hear of it.
soon() {
    local expected=$1 method=$2 path=$3 json=${4-} token=${5-} status=
    for _ in $(seq 150); do
        status=$(curl -sS -X "$method" -o /dev/null -w '%{http_code}' ${json:+-H 'Content-Type: application/json' -d "$json"} \
            ${token:+-H "Authorization: Bearer $token"} "$(public_url)$path")
        if [[ $status == "$expected" ]]; then break; fi
        sleep 0.1
    done
    ask "$expected" "$method" "$path" "$json" "$token"
}

# mail ADDRESS PART: the newest link in a mail to that address that contains the part; waits for a newer one than before.
MAILS_SEEN='{}'
mail() {
    local key="$1 $2" found last
    last=$(jq -r --arg key "$key" '.[$key] // 0' <<<"$MAILS_SEEN")
    for _ in $(seq 150); do
        found=$(curl -sS "$(mail_url)/mails?to=$1&after=$last" | jq -r --arg part "$2" \
            '[.[] | . as $m | .links[] | select(contains($part)) | "\($m.id) \(.)"] | last // empty')
        if [[ $found ]]; then
            MAILS_SEEN=$(jq -c --arg key "$key" --argjson id "${found%% *}" '.[$key] = $id' <<<"$MAILS_SEEN")
            LINK=${found#* }
            printf '         a mail to %s with %s…\n' "$1" "${LINK:0:60}"
            return
        fi
        sleep 0.2
    done
    fail "no mail with a link to $2 reached $1."
}

# totp SECRET: the code of this moment (RFC 6238) by the clock of the instance, which a test may have moved.
totp() {
    python3 - "$1" "$(cat "$DUELY_HOME/clock" 2>/dev/null || echo 0)" <<'PY'
import base64, hashlib, hmac, struct, sys, time
secret = base64.b32decode(sys.argv[1] + "=" * (-len(sys.argv[1]) % 8))
digest = hmac.new(secret, struct.pack(">Q", (int(time.time()) + int(sys.argv[2])) // 30), hashlib.sha1).digest()
offset = digest[-1] & 15
print("%06d" % ((struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000))
PY
}

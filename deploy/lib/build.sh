# shellcheck shell=bash
# Building: release programs and debug tests use separate folders, so that neither rebuilds the other's work.

RELEASE_FOLDER=$ROOT/.build-release
PROGRAMS=(duely-identity duely-invoice duely-payment duely-scheduler duely-notification gateway-simulator)

# build_programs: the services and the gateway simulator, in release mode.
build_programs() {
    local started=$SECONDS
    say "Building the services (the first time takes a few minutes); the log is $DUELY_HOME/log/build.log"
    mkdir -p "$DUELY_HOME/log"
    swift build --package-path "$ROOT" --scratch-path "$RELEASE_FOLDER" --configuration release \
        >"$DUELY_HOME/log/build.log" 2>&1 || {
        grep -E '(error|warning):' "$DUELY_HOME/log/build.log" | head -20 >&2
        fail "the build failed; the whole log is $DUELY_HOME/log/build.log."
    }
    say "Built in $((SECONDS - started)) s"
}

# The path of a built program; tests run the debug programs that were built along with them.
program() { echo "${DUELY_PROGRAM_FOLDER:-$RELEASE_FOLDER/release}/$1"; }

build_tests() {
    local started=$SECONDS
    say "Building the tests"
    mkdir -p "$DUELY_HOME/log"
    swift build --package-path "$ROOT" --scratch-path "$ROOT/.build" --build-tests \
        >"$DUELY_HOME/log/build-tests.log" 2>&1 || {
        grep -E '(error|warning):' "$DUELY_HOME/log/build-tests.log" | head -20 >&2
        fail "the tests do not build; the whole log is $DUELY_HOME/log/build-tests.log."
    }
    say "Built in $((SECONDS - started)) s"
}

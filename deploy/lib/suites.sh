# shellcheck shell=bash
# The test suites: which test targets belong to which, and how their results are counted.

# Prints the test targets of a suite, one a line. What is not named here is an integration test when it uses the
# servers of TestKit, else a unit test.
targets_of() {
    local target uses suite
    while read -r target uses; do
        case $target in
        Tidy) suite=unit ;;
        EventContractsTests | ContractsTests | DeployTests) suite=contracts ;;
        EndToEnd) suite=journeys ;;
        Faults) suite=faults ;;
        Browser) suite=browser ;;
        Containers) suite=containers ;;
        *) if [[ $uses == true ]]; then suite=integration; else suite=unit; fi ;;
        esac
        if [[ $suite == "$1" ]]; then echo "$target"; fi
    done <"$DUELY_HOME/results/targets"
}

# Writes all test targets, each with whether it depends on TestKit.
list_targets() {
    swift package --package-path "$ROOT" --scratch-path "$ROOT/.build" describe --type json 2>/dev/null \
        | jq -r '.targets[] | select(.type == "test")
            | "\(.name) \((.target_dependencies // []) | index("TestKit") != null)"' \
        | sort >"$DUELY_HOME/results/targets"
    [[ -s $DUELY_HOME/results/targets ]] || fail "the package names no test target."
}

start_test_servers() {
    export DUELY_POSTGRES_OPTIONS="-c fsync=off -c full_page_writes=off -c max_connections=400"
    start_postgres
    start_rabbitmq
    DUELY_TEST_POSTGRES=$(postgres_admin_url)
    DUELY_TEST_RABBITMQ=$(rabbitmq_url)
    DUELY_TEST_RABBITMQ_MANAGEMENT=$(rabbitmq_management_url)
    export DUELY_TEST_POSTGRES DUELY_TEST_RABBITMQ DUELY_TEST_RABBITMQ_MANAGEMENT
}

stop_test_servers() {
    stop_rabbitmq
    stop_postgres
    # Nothing of one run may reach the next: the results stay, the data does not.
    rm -rf "$DUELY_HOME/postgres" "$DUELY_HOME/rabbitmq" "$DUELY_HOME/run"
}

# need_tools NAME…: Python tools that are not in Debian get a folder of their own; without a network the tests that
# want them are skipped.
need_tools() {
    need_packages python3-venv
    local tools=$ROOT/.build-tools name
    for name in "$@"; do
        [[ -x $tools/bin/$name ]] && continue
        say "Fetching $name"
        { /usr/bin/python3 -m venv "$tools" && "$tools/bin/pip" install --quiet "$name"; } \
            >>"$DUELY_HOME/log/tools.log" 2>&1 || say "$name could not be fetched; its tests are skipped"
    done
}

# run_suite SUITE: runs its targets, shows what the runner says about failures, and counts.
run_suite() {
    local suite=$1 targets log=$DUELY_HOME/results/$1.log status=0 started=$SECONDS
    mapfile -t targets < <(targets_of "$suite")
    if ((${#targets[@]} == 0)); then
        : >"$log"
        echo "0 0 0 0" >"$DUELY_HOME/results/$suite.count"
        say "$suite: no tests of this kind exist yet"
        return
    fi
    case $suite in
    contracts) need_packages docker-compose && need_tools check-jsonschema ;;
    browser) need_packages chromium && need_tools playwright ;;
    integration) need_tools localstripe ;;
    esac
    case $suite in
    integration | contracts | journeys | faults) [[ ${DUELY_TEST_POSTGRES-} ]] || start_test_servers ;;
    esac
    : >"$log"
    local target
    for target in "${targets[@]}"; do
        say "$suite: running $target"
        run_target "$target" "$log" || status=1
    done
    count_results "$suite" "$status"
    say "$suite took $((SECONDS - started)) s; the log is $log"
}

# Runs one target in a process of its own, with a bounded number of tests at a time: hundreds at once on two processors
# would make each of them wait longer than its time limit.
run_target() { # TARGET LOG
    (
        cd "$ROOT"
        NO_COLOR=1 TERM=dumb "$ROOT/.build/debug/duelyPackageTests.xctest" --testing-library swift-testing \
            --filter "^$1\\." --experimental-maximum-parallelization-width "${DUELY_TEST_WIDTH:-$(($(nproc) * 4))}"
    ) >>"$2" 2>&1
}

# Counts the runner's own lines: one per finished test, whatever its symbol in this terminal is.
count_results() {
    local suite=$1 status=$2 log=$DUELY_HOME/results/$1.log passed failed skipped
    passed=$(grep -cE '^[^ ]+ +Test [^ ].* passed after [0-9.]+ seconds' "$log" || true)
    failed=$(grep -cE '^[^ ]+ +Test [^ ].* failed after [0-9.]+ seconds' "$log" || true)
    skipped=$(grep -cE '^[^ ]+ +Test [^ ].* skipped(\.|: .*)$' "$log" || true)
    # "Test run with 12 tests … passed" is the runner's own sum and no test.
    local runs
    runs=$(grep -cE '^[^ ]+ +Test run with .* (passed|failed) after' "$log" || true)
    local run_passed
    run_passed=$(grep -cE '^[^ ]+ +Test run with .* passed after' "$log" || true)
    passed=$((passed - run_passed))
    failed=$((failed - (runs - run_passed)))
    if ((status != 0)); then
        grep -E 'recorded an issue|failed after|Fatal error|error:|Exited with' "$log" | head -40 >&2 || true
        # A runner that crashed reports no failed test, yet the suite did not pass.
        ((failed > 0)) || failed=1
    fi
    echo "$passed $failed $skipped $status" >"$DUELY_HOME/results/$suite.count"
    echo "$suite: $passed passed, $failed failed, $skipped skipped"
}

# summarize SUITE…: the sum, and the status of the whole run.
summarize() {
    local suite passed=0 failed=0 skipped=0 counts
    for suite in "$@"; do
        read -ra counts <"$DUELY_HOME/results/$suite.count"
        passed=$((passed + counts[0])) failed=$((failed + counts[1])) skipped=$((skipped + counts[2]))
    done
    say "All of it took $((SECONDS - STARTED_AT)) s"
    echo "$passed passed, $failed failed, $skipped skipped"
    ((failed == 0)) || exit 1
    ((passed > 0)) || fail "no test ran."
}

# shellcheck shell=bash
# What deploy/run, deploy/test, deploy/stop and deploy/server share. Sourced, never run.
# Everything that is started keeps its files under $DUELY_HOME: log/, run/ (pid files), data folders, settings.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
DUELY_HOME=${DUELY_HOME:-$ROOT/.duely}
STARTED_AT=$SECONDS

# shellcheck source=deploy/lib/say.sh
. "$ROOT/deploy/lib/say.sh"
# shellcheck source=deploy/lib/packages.sh
. "$ROOT/deploy/lib/packages.sh"
# shellcheck source=deploy/lib/processes.sh
. "$ROOT/deploy/lib/processes.sh"
# shellcheck source=deploy/lib/build.sh
. "$ROOT/deploy/lib/build.sh"
# shellcheck source=deploy/lib/postgres.sh
. "$ROOT/deploy/lib/postgres.sh"
# shellcheck source=deploy/lib/rabbitmq.sh
. "$ROOT/deploy/lib/rabbitmq.sh"
# shellcheck source=deploy/lib/edge.sh
. "$ROOT/deploy/lib/edge.sh"
# shellcheck source=deploy/lib/services.sh
. "$ROOT/deploy/lib/services.sh"
# shellcheck source=deploy/lib/instance.sh
. "$ROOT/deploy/lib/instance.sh"

import HTTPServer
import Observability
import Postgres
import Primitives
import ServiceKit

/// What operators stop at once, and let go on: `/v1/kill_switches/{org_… or the gateway's account}`.
///
/// What was sent goes on and is booked; nothing more is sent, by whatever path, until it is released. Money is given back
/// all the same.
struct KillSwitchRoutes {
    let context: ServiceContext

    func add(to router: inout Router) {
        router.get("/v1/kill_switches") { try await list($0) }
        router.put("/v1/kill_switches/{scope}") { try await turn($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try await context.operatorsID(request)
        let page = try Page<Kind.KillSwitch>(request)
        let isStopped = try Self.isStopped(request)
        let rows = try await context.pool.transaction { tx in
            try KillSwitchStore.list(
                isStopped: isStopped, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.id) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for stop in shown { Self.write(stop, into: &writer) }
            writer.endArray()
            return writer.bytes
        }
    }

    private static func isStopped(_ request: HTTPRequest) throws -> Bool? {
        switch request.queryValue("stopped") {
        case nil: return nil
        case "true": return true
        case "false": return false
        default:
            throw InvalidFields(
                field: "stopped", code: "unknown_value", message: "This must be true or false.")
        }
    }

    private func turn(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try await context.operatorsID(request)
        guard let scope = KillSwitchStore.Scope(request.parameters["scope"]) else { throw Problem.notFound }
        let fields = try request.fields()
        let isStopped = fields.require("stopped", fields.bool("stopped"))
        let reason = fields.require(
            "reason", fields.string("reason", minimumLength: 1, maximumLength: 500))
        guard let isStopped, let reason, fields.errors.isEmpty else { throw fields.invalid }
        let act = KillSwitchStore.Act(reason: reason, accountID: account, at: context.clock.now())
        context.log.warning(
            isStopped ? "charges are stopped" : "charges go on",
            ["scope": .string(scope.text), "account_id": LogValue(account)])
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { tx in
                if isStopped {
                    try KillSwitchStore.stop(scope, act, in: tx)
                } else {
                    try KillSwitchStore.release(scope, act, in: tx)
                }
                // What was never stopped cannot be released.
                guard let stop = try KillSwitchStore.last(scope, in: tx) else { throw Problem.notFound }
                var writer = JSONWriter()
                Self.write(stop, into: &writer)
                return try claim.answer(.json(200, writer.bytes), in: tx)
            }
        }
    }

    private static func write(_ stop: KillSwitchStore.Stored, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", stop.id)
        writer.member("scope", stop.scope)
        writer.member("stopped", stop.released == nil)
        writer.member("reason", stop.stopped.reason)
        writer.member("stopped_by", stop.stopped.accountID)
        writer.member("stopped_at", stop.stopped.at)
        writer.member("release_reason", stop.released?.reason)
        writer.member("released_by", stop.released?.accountID)
        writer.member("released_at", stop.released?.at)
        writer.endObject()
    }
}

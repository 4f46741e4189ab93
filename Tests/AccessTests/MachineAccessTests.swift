import Crypto
import EventContracts
import HTTPServer
import Messaging
import Observability
import Postgres
import Primitives
import TestKit
import Testing

@testable import ServiceKit

/// Machines at the services: known by what identity told, held to their plans.
@Suite(.timeLimit(.minutes(10))) struct MachineAccessTests {
    private static let organization = OrganizationID(.v7())

    /// A key as identity tells of it.
    private struct Key {
        let id = APIKeyID(.v7())
        let secret = SecretToken.generate(prefix: "dk")
        var isRevoked = false
        var isClient: Bool?
        var previous: (hash: [UInt8], until: Instant)?
        var expiresAt: Instant?
        var perMinute: Int64?
        var perMonth: Int64?

        var text: String { secret.text.reveal() }

        var changed: APIKeyChanged {
            APIKeyChanged(
                apiKeyID: id, organizationID: MachineAccessTests.organization,
                hash: isClient == true ? "" : Hex.encode(secret.hash),
                scopes: ["invoices.read", "moon.walk"], isRevoked: isRevoked, isClient: isClient,
                previousHash: previous.map { Hex.encode($0.hash) }, previousUntil: previous?.until,
                expiresAt: expiresAt, requestsPerMinute: perMinute, requestsPerMonth: perMonth)
        }
    }

    /// The event arrives at a service.
    private func tell(
        _ key: Key, sequence: Int64, to authenticator: Authenticator, _ world: AccessWorld,
        asSnapshot: Bool = false
    ) async throws {
        let cause = EventCause(traceparent: nil, clockTime: world.clock.now())
        func envelope(_ payload: some EventPayload) throws -> EventEnvelope {
            try EventEnvelope(
                parsing: OutgoingEvent(
                    payload, subject: key.id, tenant: Self.organization, sequence: sequence, cause: cause
                ).body)
        }
        let changed = [Received(envelope: try envelope(key.changed), payload: key.changed)]
        let snapshot = APIKeySnapshotTaken(key: key.changed)
        let snapshots = [Received(envelope: try envelope(snapshot), payload: snapshot)]
        let handlers = AccessHandlers.all(authenticator, clock: world.clock, tokenLife: .seconds(3600))
        try await world.pool.transaction { tx in
            for handler in handlers {
                if asSnapshot {
                    try Self.handle(snapshots, handler, in: tx)
                } else {
                    try Self.handle(changed, handler, in: tx)
                }
            }
        }
    }

    private static func handle<Payload: EventPayload, Handler: EventHandler>(
        _ batch: [Received<Payload>], _ handler: Handler, in tx: borrowing Transaction
    ) throws {
        guard let own = batch as? [Received<Handler.Payload>] else { return }
        try handler.handle(own, in: tx)
    }

    /// A service with one route that says who calls, and one that needs a right.
    private func pipeline(_ authenticator: Authenticator) -> RequestPipeline {
        var router = Router()
        router.group(middleware: [MachinePlans(authenticator: authenticator)]) { router in
            router.get("/who") { request in
                let caller = try await authenticator.authenticate(request)
                return .text(200, "\(caller.role.rawValue) \(caller.accountID)")
            }
            router.get("/write") { request in
                try await authenticator.authenticate(request).require(.invoicesWrite)
                return .empty()
            }
            router.get("/open") { _ in .empty() }
        }
        return RequestPipeline(
            router: router, problems: ProblemMapping([]), proxies: TrustedProxies([]),
            log: Log(service: "test", level: .error, sink: SilentSink()), metrics: Metrics())
    }

    private func get(_ path: String, _ key: String, _ pipeline: RequestPipeline) async -> HTTPResponse {
        await pipeline.respond("GET", path, headers: ["Authorization": "Bearer \(key)"])
    }

    private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test("a key opens what its scopes say, for its organization, under a name that no account has")
    func accepted() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let service = pipeline(authenticator)
            let key = Key()
            #expect(await get("/who", key.text, service).status == 401)
            try await tell(key, sequence: 1, to: authenticator, world)
            try await eventually("the key is known") { await get("/who", key.text, service).status == 200 }
            let caller = text(await get("/who", key.text, service))
            #expect(caller == "machine \(AccountID(key.id.raw))")
            #expect(await get("/write", key.text, service).status == 403)
            let cookie = HTTPHeaders([.init("Cookie", "__Host-duely_access=\(key.text)")])
            #expect(await service.respond("GET", "/who", headers: cookie).status == 401)
            await authenticator.stop()
        }
    }

    @Test("keys that are unknown, malformed, changed or only look like one have one answer")
    func refused() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let service = pipeline(authenticator)
            let key = Key()
            try await tell(key, sequence: 1, to: authenticator, world)
            try await eventually("the key is known") { await get("/who", key.text, service).status == 200 }
            let other = SecretToken.generate(prefix: "dk").text.reveal()
            for wrong in [other, "dk_", "dk_" + String(repeating: "x", count: 5_000), key.text + "A"] {
                let answer = await get("/who", wrong, service)
                #expect(answer.status == 401 && text(answer).contains("invalid_api_key"))
            }
            #expect(await get("/open", "dk_wrong", service).status == 204)
            await authenticator.stop()
        }
    }

    @Test(
        "a revoked key is refused by every replica, also after a restart, and no older event brings it back")
    func revoked() async throws {
        try await AccessWorld.with { world in
            let (one, two) = (try await world.started(), try await world.started())
            var key = Key()
            try await tell(key, sequence: 1, to: one, world)
            for authenticator in [one, two] {
                try await eventually("the replica knows the key") {
                    await get("/who", key.text, pipeline(authenticator)).status == 200
                }
            }
            key.isRevoked = true
            try await tell(key, sequence: 2, to: one, world)
            for authenticator in [one, two] {
                try await eventually("the replica refuses the key") {
                    await get("/who", key.text, pipeline(authenticator)).status == 401
                }
            }
            key.isRevoked = false
            try await tell(key, sequence: 1, to: one, world)
            try await tell(key, sequence: 2, to: one, world, asSnapshot: true)
            world.source.publish(nil)
            let restarted = try await world.started()
            #expect(await get("/who", key.text, pipeline(restarted)).status == 401)
            for authenticator in [one, two, restarted] { await authenticator.stop() }
        }
    }

    @Test("a lost projection is filled by snapshots, and keys are known though the issuer is down")
    func snapshot() async throws {
        try await AccessWorld.with { world in
            world.source.publish(nil)
            let authenticator = try await world.started()
            let key = Key()
            try await tell(key, sequence: 7, to: authenticator, world, asSnapshot: true)
            try await eventually("the key is known") {
                await get("/who", key.text, pipeline(authenticator)).status == 200
            }
            let restarted = try await world.started()
            #expect(await get("/who", key.text, pipeline(restarted)).status == 200)
            for authenticator in [authenticator, restarted] { await authenticator.stop() }
        }
    }

    @Test("a replaced key counts until its overlap ends, and any key until it expires")
    func times() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let service = pipeline(authenticator)
            var key = Key()
            let old = SecretToken.generate(prefix: "dk")
            let now = world.clock.now()
            key.previous = (old.hash, now + .seconds(60))
            key.expiresAt = now + .seconds(3600)
            try await tell(key, sequence: 2, to: authenticator, world)
            try await eventually("the key is known") { await get("/who", key.text, service).status == 200 }
            #expect(await get("/who", old.text.reveal(), service).status == 200)
            world.clock.advance(by: .seconds(60))
            #expect(await get("/who", old.text.reveal(), service).status == 401)
            #expect(await get("/who", key.text, service).status == 200)
            world.clock.advance(by: .seconds(3540))
            #expect(await get("/who", key.text, service).status == 401)
            await authenticator.stop()
        }
    }

    @Test("a client's token opens the routes until the client is revoked; its secret is no key")
    func client() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let service = pipeline(authenticator)
            var client = Key()
            client.isClient = true
            let principal = Principal(
                accountID: AccountID(client.id.raw), sessionID: SessionID(client.id.raw),
                organizationID: Self.organization, role: .machine, permissions: [.invoicesRead])
            let token = world.token(principal)
            #expect(await get("/who", token, service).status == 200)
            try await tell(client, sequence: 1, to: authenticator, world)
            #expect(await get("/who", client.text, service).status == 401)
            client.isRevoked = true
            try await tell(client, sequence: 2, to: authenticator, world)
            try await eventually("the token is refused") { await get("/who", token, service).status == 401 }
            await authenticator.stop()
        }
    }
}

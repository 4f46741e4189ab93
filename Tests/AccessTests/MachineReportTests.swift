import EventContracts
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import ServiceKit

/// When machines used a service last, as identity is told.
@Suite(.timeLimit(.minutes(10))) struct MachineReportTests {
    private let report = MachineReport(service: "invoice", outbox: Outbox(), interval: .seconds(120))
    private let plan = MachinePlan(requestsPerMinute: nil, requestsPerMonth: nil)

    private struct Told: Hashable {
        let id: String?
        let lastUsedAt: String?
    }

    /// What was told so far.
    private func told(_ world: AccessWorld) async throws -> [Told] {
        let bodies = try await world.pool.transaction { tx in
            try tx.query(
                "SELECT body FROM events WHERE type = 'api_key.used.v1' AND exchange = 'invoice.private' ORDER BY id"
            ).column(0, as: [UInt8].self)
        }
        return try bodies.map { body in
            let data = try EventEnvelope(parsing: body).data
            return Told(id: data["api_key_id"]?.string, lastUsedAt: data["last_used_at"]?.string)
        }
    }

    @Test("a use is told once however many there were, and the next one when its time has come")
    func onceInAWhile() async throws {
        try await AccessWorld.with { world in
            let (usage, id) = (MachineUsage(), APIKeyID(.v7()))
            usage.tellUses(by: report)
            func use(times: Int) throws {
                for _ in 0..<times { _ = try usage.count(id, plan, at: world.clock.now()) }
            }
            func flush() async throws {
                try await usage.flush(to: world.pool, at: world.clock.now())
            }
            let start = world.clock.now()
            try use(times: 3)
            try await flush()
            let first = Told(id: "\(id)", lastUsedAt: start.rfc3339)
            #expect(try await told(world) == [first])
            world.clock.advance(by: .seconds(60))
            try use(times: 2)
            try await flush()
            #expect(try await told(world) == [first])
            world.clock.advance(by: .seconds(60))
            try await flush()
            let second = Told(id: "\(id)", lastUsedAt: (start + .seconds(60)).rfc3339)
            #expect(try await told(world) == [first, second])
            world.clock.advance(by: .seconds(600))
            try await flush()
            #expect(try await told(world) == [first, second])
        }
    }

    @Test("processes of one service tell of a key together once, of other keys as well")
    func replicas() async throws {
        try await AccessWorld.with { world in
            let keys = (0..<3).map { _ in APIKeyID(.v7()) }
            let now = world.clock.now()
            let processes = [MachineUsage(), MachineUsage(), MachineUsage()]
            for process in processes {
                process.tellUses(by: report)
                for id in keys { _ = try process.count(id, plan, at: now) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for process in processes {
                    group.addTask { try await process.flush(to: world.pool, at: now) }
                }
                try await group.waitForAll()
            }
            #expect(try await told(world).compactMap(\.id).sorted() == keys.map(\.description).sorted())
        }
    }

    @Test(
        "a batch of keys is stored as it was told: the newest of each, with scopes, hashes and ends or without"
    )
    func projection() async throws {
        try await AccessWorld.with { world in
            let (one, two, three) = (APIKeyID(.v7()), APIKeyID(.v7()), APIKeyID(.v7()))
            let organization = OrganizationID(.v7())
            let now = world.clock.now()
            func told(
                _ id: APIKeyID, _ sequence: Int64, scopes: [String] = [], hash: String = "",
                until: Instant? = nil
            ) -> MachineCredential {
                MachineCredential(
                    APIKeyChanged(
                        apiKeyID: id, organizationID: organization, hash: hash, scopes: scopes,
                        isRevoked: sequence == 4, isClient: hash.isEmpty,
                        previousHash: until.map { _ in hash },
                        previousUntil: until, expiresAt: until, requestsPerMinute: until.map { _ in 7 }),
                    sequence: sequence)
            }
            let hash = String(repeating: "ab", count: 32)
            let batch = [
                told(one, 4, scopes: ["invoices.read", "invoices.write"], hash: hash, until: now),
                told(one, 3), told(two, 1), told(three, 1, scopes: ["events.read"], hash: hash),
                told(two, 2, scopes: ["customers.read"]),
            ]
            for given in [batch, [told(two, 1), told(three, 1)], []] {
                try await world.pool.transaction { tx in try MachineCredential.record(given, in: tx) }
            }
            let stored = try await world.pool.transaction { tx in
                try MachineCredential.load(since: 0, in: tx).credentials
            }
            #expect(Set(stored) == [batch[0], batch[3], batch[4]] && stored.count == 3)
            let scopeless = told(APIKeyID(.v7()), 1, hash: hash)
            try await world.pool.transaction { tx in try MachineCredential.record([scopeless], in: tx) }
            let all = try await world.pool.transaction { tx in
                try MachineCredential.load(since: 0, in: tx).credentials
            }
            #expect(all.contains(scopeless))
        }
    }
}

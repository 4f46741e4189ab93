import Foundation
import TestKit
import Testing

@Suite("The servers that tests use", .timeLimit(.minutes(10)))
struct ServersTests {
    @Test("a test database has a role whose search path is its own schema")
    func database() async throws {
        try await TestDatabase.with { database in
            try await database.psql("CREATE TABLE t (a bigint); INSERT INTO t VALUES (41), (42)")
            #expect(
                try await database.psql("SELECT max(a), current_schema FROM t") == "42|\(database.schema)\n")
        }
    }

    @Test("two test databases do not see each other's tables")
    func separation() async throws {
        try await TestDatabase.with { first in
            try await first.psql("CREATE TABLE t (a bigint)")
            try await TestDatabase.with { second in
                await #expect(throws: ChildProcess.Failure.self) { try await second.psql("SELECT * FROM t") }
            }
        }
    }

    @Test("a virtual host starts empty and can be deleted")
    func virtualHost() async throws {
        try await TestVirtualHost.with { host in
            #expect(try await host.queues().isEmpty)
            try await host.server.manage("PUT", "/api/queues/\(host.name)/q", json: #"{"durable":true}"#)
            #expect(try await host.queues().map(\.name) == ["q"])
        }
    }
}

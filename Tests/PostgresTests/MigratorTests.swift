import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite("Migrations") struct MigratorTests {
    private static let first = Migration(
        version: 1, name: "init",
        sql: Array("CREATE TABLE a (id bigint); CREATE INDEX ON a (id); -- Größe".utf8))
    private static let second = Migration(
        version: 2, name: "more", sql: Array("CREATE TABLE b (id bigint)".utf8))

    private static let own = Migration(
        version: 100, name: "own", sql: Array("CREATE TABLE o (id bigint)".utf8))

    @Test("a history may begin at version 0") func fromZero() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            let zero = Migration(version: 0, name: "zero", sql: Array("CREATE TABLE z (id bigint)".utf8))
            let applied = try await migrate([Self.first, zero], database)
            #expect(applied == [0, 1])
        }
    }

    private func migrate(_ migrations: [Migration], _ database: TestDatabase) async throws -> [Int] {
        try await Migrator.run(migrations, configuration: database.configuration, log: .silent)
    }

    @Test("missing migrations are applied in order, once") func order() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            #expect(try await migrate([Self.first], database) == [1])
            #expect(try await migrate([Self.second, Self.first], database) == [2])
            #expect(try await migrate([Self.first, Self.second], database) == [])
            let rows = try await database.psql(
                "SELECT version, name, length(checksum) FROM schema_migrations ORDER BY 1")
            #expect(rows.contains("1|init|64"))
            #expect(rows.contains("2|more|64"))
        }
    }

    @Test("a migration that was changed after its release is refused by name") func changed() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            _ = try await migrate([Self.first], database)
            let changed = Migration(version: 1, name: "init", sql: Array("CREATE TABLE a (id int)".utf8))
            let error = await #expect(throws: PostgresError.self) {
                try await migrate([changed, Self.second], database)
            }
            #expect(error?.code == .migration)
            #expect(error?.message.contains("version 1 'init' has changed") == true)
            #expect(try await database.psql("SELECT to_regclass('b') IS NULL").contains("t"))
        }
    }

    @Test("an older release runs on a newer schema, wherever the newer versions stand")
    func newerSchema() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            _ = try await migrate([Self.first, Self.second, Self.own], database)
            #expect(try await migrate([Self.first], database) == [])
            #expect(try await migrate([Self.first, Self.own], database) == [])
        }
    }

    @Test("a version added below the newest one is applied as well") func addedBelow() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            let applied = try await migrate([Self.first, Self.own], database)
            #expect(applied == [1, 100])
            let next = Migration(version: 101, name: "next", sql: Array("ALTER TABLE b ADD x int".utf8))
            #expect(try await migrate([next, Self.own, Self.second, Self.first], database) == [2, 101])
            #expect(try await migrate([Self.first, Self.second, Self.own, next], database) == [])
        }
    }

    @Test("two migrations of one version are refused") func sameVersion() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            let twice = await #expect(throws: PostgresError.self) {
                try await migrate([Self.first, Migration(version: 1, name: "again", sql: [])], database)
            }
            #expect(twice?.message.contains("both 'init' and 'again'") == true)
        }
    }

    @Test("a migration that fails leaves nothing of itself, and what came before it stays") func atomic()
        async throws
    {
        try await TestDatabase.with(prefix: "migrate") { database in
            let broken = Migration(
                version: 2, name: "broken", sql: Array("CREATE TABLE half (id bigint); SELECT 1/0".utf8))
            let error = await #expect(throws: PostgresError.self) {
                try await migrate([Self.first, broken], database)
            }
            #expect(error?.message.contains("migration 2 'broken': division by zero") == true)
            let rows = try await database.psql(
                "SELECT to_regclass('half') IS NULL, count(*) FROM schema_migrations")
            #expect(rows.contains("t|1"))
        }
    }

    @Test("a migration may not commit by itself") func ownCommit() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            let rogue = Migration(
                version: 1, name: "rogue", sql: Array("CREATE TABLE a (id int); COMMIT".utf8))
            let error = await #expect(throws: PostgresError.self) { try await migrate([rogue], database) }
            #expect(error?.message.contains("must not end its transaction") == true)
        }
    }

    @Test("replicas that start together migrate once") func together() async throws {
        try await TestDatabase.with(prefix: "migrate") { database in
            let slow = Migration(
                version: 1, name: "slow", sql: Array("SELECT pg_sleep(0.2); CREATE TABLE a (id int)".utf8))
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<5 { group.addTask { try await migrate([slow, Self.second], database) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == [1, 2])
        }
    }
}

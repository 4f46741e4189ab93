import HTTPClient
import Observability
import Postgres
import Primitives
import TestKit
import Testing

/// What an answer does not tell, its cost must not tell either.
@Suite(.timeLimit(.minutes(10))) struct EnumerationTests {
    /// Mails for forgotten passwords are not due here: only what comes before an answer can be seen in its time.
    private static let quiet = ["DUELY_ADDRESS_EVENT_POLL_MS": "600000"]

    /// How often each statement was carried out, by its text; the service has one connection here.
    private func statements(_ world: IdentityWorld) async throws -> [String: Int64] {
        try await world.pool.transaction { tx in
            var counts: [String: Int64] = [:]
            let rows = try tx.query(
                "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
            for row in rows {
                let text: String = try row.get(0)
                // What the service does by itself meanwhile, and what stands around that as around everything else.
                let isBackground = [
                    "access_", "signing_keys", "pg_prepared", "pg_snapshot", "BEGIN", "COMMIT",
                ].contains { text.contains($0) }
                if !isBackground { counts[text] = try row.get(1) }
            }
            return counts
        }
    }

    private func hashes(_ world: IdentityWorld) -> Int {
        let lines = world.metrics.prometheusText().split(separator: "\n")
        return lines.filter { $0.hasPrefix("duely_password_hashes_total") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0) { $0 + Int($1) }
    }

    private func cost(
        _ world: IdentityWorld, _ body: () async throws -> Void
    ) async throws -> (statements: [String: Int64], hashes: Int) {
        let (before, hashed) = (try await statements(world), hashes(world))
        try await body()
        let after = try await statements(world)
        let spent = after.merging(before) { $0 - $1 }.filter { $0.value != 0 }
        return (spent, hashes(world) - hashed)
    }

    @Test("a login with a wrong password costs what one of nobody costs: the same statements, one hash")
    func logIn() async throws {
        try await IdentityWorld.with(Self.quiet, poolSize: 1) { world in
            _ = try await world.signUp()
            _ = try await world.logIn(password: "a wrong phrase")
            let known = try await cost(world) { _ = try await world.logIn(password: "a wrong phrase") }
            let unknown = try await cost(world) {
                _ = try await world.logIn("nobody@sender.test", password: "a wrong phrase")
            }
            #expect(known.statements == unknown.statements, "\(known.statements) and \(unknown.statements)")
            #expect(known.statements.count >= 4)
            #expect(known.hashes == 1 && unknown.hashes == 1)
        }
    }

    @Test(
        "a sign-up with a known address costs what one with a new address costs: the same statements, one hash"
    )
    func signUp() async throws {
        try await IdentityWorld.with(Self.quiet, poolSize: 1) { world in
            _ = try await world.signUp()
            _ = try await world.askSignUp("first@sender.test")
            _ = try await world.askSignUp()
            let known = try await cost(world) { _ = try await world.askSignUp() }
            let unknown = try await cost(world) { _ = try await world.askSignUp("second@sender.test") }
            #expect(known.statements == unknown.statements, "\(known.statements) and \(unknown.statements)")
            #expect(known.statements.values.reduce(0, +) >= 6)
            #expect(known.hashes == 1 && unknown.hashes == 1)
        }
    }

    @Test("nor does a login tell whoever signed up with an address whether it had an account")
    func logInAfterSignUp() async throws {
        try await IdentityWorld.with(Self.quiet, poolSize: 1) { world in
            _ = try await world.signUp()
            let guess = "the phrase of somebody else"
            func pair(_ email: String) async throws -> (statements: [String: Int64], hashes: Int) {
                _ = try await world.askSignUp(email, password: guess)
                return try await cost(world) { _ = try await world.logIn(email, password: guess) }
            }
            _ = try await pair("first@sender.test")
            let unknown = try await pair("second@sender.test")
            let known = try await pair("nora@sender.test")
            #expect(known.statements == unknown.statements, "\(known.statements) and \(unknown.statements)")
            #expect(known.hashes == 1 && unknown.hashes == 1)
        }
    }

    @Test("a forgotten password costs the same whoever asks: the same statements, no hash")
    func forgot() async throws {
        try await IdentityWorld.with(Self.quiet, poolSize: 1) { world in
            _ = try await world.signUp()
            func ask(_ email: String) async throws {
                let answer = try await world.call(
                    "POST", "/v1/password_resets", #"{"email":"\#(email)"}"#)
                #expect(answer.status == 202)
            }
            try await ask("nora@sender.test")
            let known = try await cost(world) { try await ask("nora@sender.test") }
            let unknown = try await cost(world) { try await ask("nobody@sender.test") }
            let waiting = try await world.pool.transaction { tx in
                try tx.query("SELECT FROM address_events WHERE kind <> 'sign_up_repeated'").count
            }
            #expect(known.statements == unknown.statements)
            #expect(known.statements.values.reduce(0, +) == 3 && waiting == 3)
            #expect(known.hashes == 0 && unknown.hashes == 0)
        }
    }
}

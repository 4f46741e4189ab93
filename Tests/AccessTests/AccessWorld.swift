import Crypto
import HTTPServer
import Messaging
import Observability
import Postgres
import Primitives
import ServiceKit
import ServiceTestKit
import Synchronization
import TestKit

/// An issuer whose answers a test decides.
final class ScriptedKeySource: KeySource {
    struct Down: Error {}

    private let state: Mutex<(answer: JSONWebKeySet?, fetches: Int)>

    init(_ answer: JSONWebKeySet?) { state = Mutex((answer, 0)) }

    var fetches: Int { state.withLock { $0.fetches } }

    /// Nil is an issuer that is down.
    func publish(_ keys: [SigningKey]?) {
        state.withLock { $0.answer = keys.map { JSONWebKeySet(keys: $0.map(\.verifyingKey)) } }
    }

    func fetch() async throws -> [UInt8] {
        let answer = state.withLock { state in
            state.fetches += 1
            return state.answer
        }
        guard let answer else { throw Down() }
        return answer.json
    }
}

/// A service's view of access: its own schema, a clock, an issuer.
struct AccessWorld: Sendable {
    let pool: PostgresPool
    let clock = ManualClock(Instant(seconds: 1_800_000_000))
    let source: ScriptedKeySource
    let key = SigningKey.generate()

    static func with(_ body: (AccessWorld) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let migrations = [
                MessagingSchema.migration,
                Migration(version: 1, name: "access", sql: AccessSchema.sql),
                Migration(version: 3, name: "machines", sql: MachineSchema.sql),
                Migration(version: 4, name: "machine_reports", sql: MachineReportSchema.sql),
            ]
            try await database.withPool(migratedTo: migrations, connections: 2) { pool, _ in
                let world = AccessWorld(pool: pool, source: ScriptedKeySource(nil))
                world.source.publish([world.key])
                try await body(world)
            }
        }
    }

    private init(pool: PostgresPool, source: ScriptedKeySource) {
        self.pool = pool
        self.source = source
    }

    /// Another process of the service: nothing but the schema is shared.
    func started(minimumFetchInterval: Duration = .zero) async throws -> Authenticator {
        let configuration = AuthenticatorConfiguration(
            leeway: .seconds(5), maximumTokenLife: .seconds(3600), minimumFetchInterval: minimumFetchInterval,
            refreshInterval: .seconds(3600), revocationInterval: .milliseconds(20),
            usageInterval: .milliseconds(50), cookieName: SessionCookies.access)
        let log = Log(service: "test", level: .error, sink: SilentSink())
        let authenticator = Authenticator(
            configuration: configuration, source: source, pool: pool, clock: clock, log: log,
            metrics: Metrics())
        try await authenticator.start()
        return authenticator
    }

    func principal(role: Role = .owner) -> Principal {
        Principal(
            accountID: AccountID(.v7()), sessionID: SessionID(.v7()),
            organizationID: role == .client || role == .superadmin ? nil : OrganizationID(.v7()), role: role,
            permissions: [.invoicesRead, .invoicesWrite])
    }

    func token(_ principal: Principal, key: SigningKey? = nil, life: Duration = .seconds(600)) -> String {
        let now = clock.now()
        let token = AccessToken(principal: principal, issuedAt: now, expiresAt: now + life)
        return JWT.sign(claims: token.claims, type: AccessToken.type, with: key ?? self.key)
    }
}

/// The problem of a call that must fail.
func problem(_ body: () async throws -> Void) async -> Problem? {
    do {
        try await body()
        return nil
    } catch {
        return error as? Problem
    }
}

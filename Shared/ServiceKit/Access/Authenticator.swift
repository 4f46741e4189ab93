import Crypto
public import HTTPServer
public import Lifecycle
public import Observability
public import Postgres
public import Primitives
import Synchronization

/// Checks the access token of a request without asking identity.
///
/// The public keys are kept in the service's own schema, so that a service that restarts while identity is down still
/// knows its callers. A token with an unknown key causes one fetch for all requests that wait for it.
public final class Authenticator: Service {
    private struct State {
        var keys = JSONWebKeySet(keys: [])
        var accepted = AcceptedTokens()
        var revocations = Revocations()
        var machines = MachineDirectory()
        var fetch: Task<Void, Never>?
        var source: any KeySource
        var lastFetch: ContinuousClock.Instant?
        var hasFetched = false
        var lastPrune: ContinuousClock.Instant?
    }

    /// The name in logs.
    public let label = "authenticator"
    private let configuration: AuthenticatorConfiguration
    private let pool: PostgresPool
    private let clock: any WallClock
    private let log: Log
    private let verifier: JWTVerifier
    private let state: Mutex<State>
    private let refused: CounterFamily
    private let usage = MachineUsage()
    private let loops = Mutex<[BackgroundLoop]>([])

    /// Describes an authenticator; `start` reads what is stored.
    ///
    /// - Parameters:
    ///   - configuration: Times and names.
    ///   - source: Where the keys come from.
    ///   - pool: The service's database.
    ///   - clock: The time that tokens are compared with.
    ///   - log: Where failed fetches are reported.
    ///   - metrics: Where refused tokens are counted.
    public init(
        configuration: AuthenticatorConfiguration, source: any KeySource, pool: PostgresPool,
        clock: any WallClock,
        log: Log, metrics: Metrics
    ) {
        self.configuration = configuration
        state = Mutex(State(source: source))
        self.pool = pool
        self.clock = clock
        self.log = log
        verifier = JWTVerifier(
            issuer: AccessToken.issuer, audience: AccessToken.audience, type: AccessToken.type,
            leeway: configuration.leeway, clock: clock)
        refused = metrics.counter(
            "duely_tokens_refused_total", "Access tokens that were not accepted.", labels: ["reason"])
    }

    /// Reads the stored keys and revocations and begins to keep them fresh; identity need not be there.
    public func start() async throws {
        let issuer = AccessToken.issuer
        let stored = try await pool.transaction { tx in
            try tx.query("SELECT document FROM access_key_sets WHERE issuer = $1", [issuer]).scalar(
                as: [UInt8].self)
        }
        if let stored {
            let keys = try JSONWebKeySet(parsing: stored)
            state.withLock { $0.keys = keys }
        } else {
            await fetchKeys()
        }
        try await loadRevocations()
        try await flushUsage()
        let fresh = [
            BackgroundLoop(label: "keys", pause: configuration.refreshInterval, log: log) { [weak self] in
                await self?.fetchKeys()
                return .idle
            },
            BackgroundLoop(label: "revocations", pause: configuration.revocationInterval, log: log) {
                [weak self] in
                try await self?.loadRevocations()
                return .idle
            },
            BackgroundLoop(label: "usage", pause: configuration.usageInterval, log: log) { [weak self] in
                try await self?.flushUsage()
                return .idle
            },
        ]
        for loop in fresh { try await loop.start() }
        loops.withLock { $0 = fresh }
    }

    /// Stops keeping keys and revocations fresh.
    public func stop() async {
        for loop in loops.withLock({ $0 }) { await loop.stop() }
        do { try await flushUsage() } catch {
            log.warning("requests of machines were not counted", ["error": LogValue(error: error)])
        }
    }

    /// Who makes a request.
    ///
    /// - Parameter request: The request, with a bearer token or the access cookie.
    /// - Returns: The caller.
    /// - Throws: `Problem` 401 without a token that counts, 503 while no key of the issuer is known.
    public func authenticate(_ request: HTTPRequest) async throws -> Principal {
        guard let caller = await caller(of: request) else { throw Problem.unauthenticated }
        return try caller.get()
    }

    /// Who makes a request, nil for a request without any token.
    ///
    /// - Parameter request: The request.
    /// - Returns: The caller, if one is named.
    /// - Throws: `Problem` 401 for a token that is there and does not count.
    public func authenticateIfPresent(_ request: HTTPRequest) async throws -> Principal? {
        try await caller(of: request)?.get()
    }

    /// Who makes a request, or why a credential that is there does not count; nil without any.
    func caller(of request: HTTPRequest) async -> Result<Principal, any Error>? {
        if let known = request.context[CallerKey.self] { return known }
        guard let shown = ShownCredential(request, cookieName: configuration.cookieName) else { return nil }
        do {
            if !shown.isCookie, shown.text.hasPrefix(MachineDirectory.keyPrefix + "_") {
                return .success(try machine(showing: shown.text))
            }
            let principal = try await authenticate(token: shown.text).principal
            // Plans count what comes with a header, so a machine gets in with nothing else.
            guard !shown.isCookie || principal.machineID == nil else { throw refuse(.badClaim("role")) }
            return .success(principal)
        } catch {
            return .failure(error)
        }
    }

    /// Counts a request of a machine against its plan.
    ///
    /// - Returns: What is left of each limit; nothing while the key's plan has not arrived here.
    /// - Throws: `Problem` 429.
    func count(_ machine: Principal) throws(Problem) -> [RateLimit] {
        guard let id = machine.machineID, let known = state.withLock({ $0.machines[id] }) else { return [] }
        return try usage.count(id, known.plan, at: clock.now())
    }

    /// Checks a token.
    ///
    /// - Parameter text: The compact form.
    /// - Returns: The token's claims.
    /// - Throws: `Problem` 401 or 503.
    public func authenticate(token text: String) async throws -> AccessToken {
        do throws(JWTError) {
            return try accept(text)
        } catch .unknownKey {
            // A fetch that was under way may have begun before the key was there.
            if await fetchKeys(force: false) { await fetchKeys(force: false) }
        } catch {
            throw refuse(error)
        }
        do throws(JWTError) {
            return try accept(text)
        } catch {
            guard !state.withLock({ $0.keys.keys.isEmpty }) else {
                throw Problem.unavailable("The keys that access tokens are checked with are not known yet.")
            }
            throw refuse(error)
        }
    }

    /// Takes the keys from another place: identity has them itself and asks nobody.
    ///
    /// - Parameter source: The place, from the next fetch on.
    public func readKeys(from source: any KeySource) { state.withLock { $0.source = source } }

    /// Fetches the keys soon: somebody said that they changed.
    public func keysHaveChanged() {
        for loop in loops.withLock({ $0 }) where loop.label == "keys" { loop.wakeup.signal() }
    }

    /// Lets identity know from now on when machines used this service.
    ///
    /// - Parameter report: How it is told.
    public func tellUses(by report: MachineReport) { usage.tellUses(by: report) }

    /// Reads the revocations soon: some were recorded by this process.
    public func revocationsHaveChanged() {
        for loop in loops.withLock({ $0 }) where loop.label == "revocations" { loop.wakeup.signal() }
    }

    private func accept(_ text: String) throws(JWTError) -> AccessToken {
        let now = clock.now()
        let token = try checked(text, at: now)
        let isEnded = state.withLock { state in
            // A client's token ends with the client; one whose event is still under way is known by its token alone.
            let machine = token.principal.machineID.flatMap { state.machines[$0] }
            return state.revocations.covers(token) || machine?.isUsable(at: now) == false
        }
        guard !isEnded else { throw .expired }
        return token
    }

    /// The claims of a token with a valid signature.
    private func checked(_ text: String, at now: Instant) throws(JWTError) -> AccessToken {
        let (keys, known) = state.withLock { ($0.keys, $0.accepted.find(text, at: now)) }
        if let known { return known }
        guard let token = AccessToken(try verifier.verify(text, keys: keys)) else { throw .badClaim("sub") }
        // Not if the keys were replaced meanwhile: the new ones may not have that of this token.
        state.withLock { if $0.keys == keys { $0.accepted.add(token, as: text) } }
        return token
    }

    private func machine(showing key: String) throws(Problem) -> Principal {
        guard let machine = state.withLock({ $0.machines }).find(key, at: clock.now()) else {
            refused.add(1, "api_key")
            throw MachineDirectory.refusal
        }
        return machine.principal
    }

    private func flushUsage() async throws { try await usage.flush(to: pool, at: clock.now()) }

    private func refuse(_ error: JWTError) -> Problem {
        let isExpired = error == .expired
        refused.add(1, isExpired ? "expired" : "invalid")
        return .refusedToken(isExpired: isExpired)
    }

    /// Fetches the keys, once for all who ask at the same time; a failure leaves what is known.
    ///
    /// - Returns: Whether this was a fetch that somebody else had begun.
    @discardableResult private func fetchKeys(force: Bool = true) async -> Bool {
        let (fetch, isJoined): (Task<Void, Never>?, Bool) = state.withLock { state in
            if let running = state.fetch { return (running, true) }
            let now = ContinuousClock.now
            // After a fetch that failed the next caller tries again at once: the issuer may be there by now.
            if !force, state.hasFetched, let last = state.lastFetch,
                now - last < configuration.minimumFetchInterval
            {
                return (nil, false)
            }
            state.lastFetch = now
            let task = Task { await fetchAndStore() }
            state.fetch = task
            return (task, false)
        }
        await fetch?.value
        return isJoined
    }

    private func fetchAndStore() async {
        defer { state.withLock { $0.fetch = nil } }
        do {
            let document = try await state.withLock { $0.source }.fetch()
            let keys = try JSONWebKeySet(parsing: document)
            state.withLock { state in
                if state.keys != keys { state.accepted.removeAll() }
                state.keys = keys
                state.hasFetched = true
            }
            let (issuer, now) = (AccessToken.issuer, clock.now())
            try await pool.transaction { tx in
                _ = try tx.execute(
                    """
                    INSERT INTO access_key_sets (issuer, document, fetched_at) VALUES ($1, $2, $3)
                    ON CONFLICT (issuer) DO UPDATE SET document = excluded.document, fetched_at = excluded.fetched_at
                    """, [issuer, document, now])
            }
        } catch {
            state.withLock { $0.hasFetched = false }
            log.warning("the issuer's keys could not be refreshed", ["error": LogValue(error: error)])
        }
    }

    private func loadRevocations() async throws {
        let now = clock.now()
        let isPruning = state.withLock { state in
            guard state.lastPrune.map({ ContinuousClock.now - $0 > .seconds(60) }) ?? true else {
                return false
            }
            state.lastPrune = .now
            return true
        }
        let mark = state.withLock { $0.machines.mark }
        let (revocations, machines) = try await pool.transaction { tx in
            if isPruning { try Revocations.prune(at: now, in: tx) }
            return (
                try Revocations.load(at: now, in: tx), try MachineCredential.load(since: mark, in: tx)
            )
        }
        state.withLock { state in
            state.revocations = revocations
            state.machines.take(machines.credentials, mark: machines.mark)
        }
    }
}

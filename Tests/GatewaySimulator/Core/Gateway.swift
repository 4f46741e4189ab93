public import Primitives
import Synchronization

/// The simulated gateway: its state behind one lock that is held for microseconds at a time.
public final class Gateway: Sendable {
    /// What to do with the connection once a request was handled.
    enum Delivery: Sendable {
        case answer(Answer)
        case cutConnection
    }

    struct Inside: Sendable {
        var state: GatewayState
        var idempotency: IdempotencyStore
        var faults = FaultList()
        var requests = 0
    }

    let inside: Mutex<Inside>
    private let clock: any WallClock
    let latency: Duration

    /// - Parameters:
    ///   - clock: dates everything, and ages idempotency keys.
    ///   - limit: how many objects of a kind are remembered.
    ///   - keyLifetime: how long an idempotency key is remembered.
    ///   - latency: every API request takes at least this long.
    ///   - publicURL: where a browser reaches this server, for authentication pages.
    public init(clock: any WallClock, limit: Int, keyLifetime: Duration, latency: Duration, publicURL: String)
    {
        self.clock = clock
        self.latency = latency
        inside = Mutex(
            Inside(
                state: GatewayState(limit: limit, authenticationURL: publicURL),
                idempotency: IdempotencyStore(limit: limit, lifetime: keyLifetime)))
    }

    /// Runs a request through faults, idempotency and the rules.
    func handle(_ call: Call) async -> Delivery {
        let fault = inside.withLock { inside -> Fault? in
            inside.requests += 1
            return inside.faults.isEmpty ? nil : inside.faults.next(path: call.path, body: call.body)
        }
        switch fault?.kind {
        case .errorBefore: return .answer(Answer(Gateway.failure))
        case .resetBefore: return .cutConnection
        case .rateLimit:
            let seconds = String(fault?.retryAfterSeconds ?? 1)
            return .answer(Answer(Gateway.tooMany).with(header: "Retry-After", seconds))
        case .latency, .lateAnswer, .errorAfter, .storedErrorAfter, .resetAfter, nil: break
        }
        let answer = await execute(call, fault)
        switch fault?.kind {
        case .lateAnswer:
            await pause(fault?.delay ?? .zero)
            return .answer(answer)
        case .errorAfter: return .answer(Answer(Gateway.failure))
        case .resetAfter: return .cutConnection
        case .latency, .storedErrorAfter, .errorBefore, .resetBefore, .rateLimit, nil: return .answer(answer)
        }
    }

    /// Runs the rules once per idempotency key.
    ///
    /// The key is taken when the request arrives, so that a second request under the same key meets one in flight for as long as the first takes.
    private func execute(_ call: Call, _ fault: Fault?) async -> Answer {
        let started = clock.now()
        if let key = call.storeKey {
            let fingerprint = IdempotencyStore.fingerprint(
                method: call.method, path: call.path, body: call.body)
            let decision = inside.withLock { inside in
                inside.idempotency.start(key: key, fingerprint: fingerprint, at: started)
            }
            switch decision {
            case .replay(let answer): return answer.with(header: "Idempotent-Replayed", "true")
            case .refuse(let error): return Answer(error)
            case .run: break
            }
        }
        await pause(latency)
        if case .latency? = fault?.kind { await pause(fault?.delay ?? .zero) }
        let now = clock.now()
        return inside.withLock { inside in
            let context = CallContext(now: now, idempotencyKey: call.idempotencyKey)
            var answer = GatewayAPI.answer(call, &inside.state, context)
            // Declines are results as well; a request that makes no sense leaves its key unused.
            let wasExecuted = answer.status == 200 || answer.status == 402
            if case .storedErrorAfter? = fault?.kind { answer = Answer(Gateway.failure) }
            if let key = call.storeKey {
                inside.idempotency.finish(key: key, answer: wasExecuted ? answer : nil)
            }
            return answer
        }
    }

    private func pause(_ duration: Duration) async {
        guard duration > .zero else { return }
        // Cancellation only means that the server stops; the answer is then nobody's.
        try? await Task.sleep(for: duration)
    }

    /// Hands over the events that nobody was told yet.
    func tellEvents(_ webhooks: Webhooks) {
        let events = inside.withLock { inside -> [GatewayEvent] in
            guard !inside.state.untoldEvents.isEmpty else { return [] }
            defer { inside.state.untoldEvents = [] }
            return inside.state.untoldEvents
        }
        for event in events { webhooks.tell(event) }
    }

    func now() -> Instant { clock.now() }

    private static let failure = GatewayError(
        status: 500, kind: .api, message: "Something went wrong on our end. It was ordered by a test.")
    private static let tooMany = GatewayError(
        status: 429, kind: .invalidRequest, code: "rate_limit",
        message: "Too many requests were made too quickly.")
}

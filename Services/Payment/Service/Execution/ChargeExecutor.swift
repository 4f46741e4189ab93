import Lifecycle
import Observability
import PaymentDomain
import Postgres
import Primitives
import Synchronization

/// Sends charges and books what comes back: hundreds of calls in flight, no thread and no transaction waiting for any.
///
/// Two loops share the work. One claims ready attempts whenever there is room; the other takes whatever answers have
/// come and books them in one transaction. A call is on the books before it is sent, so that a process may die anywhere.
final class ChargeExecutor: Service {
    /// An answer that waits to be booked.
    private struct Answer {
        let attempt: AttemptID
        let token: RawID
        let outcome: GatewayOutcome
        /// Whether it is booked with the others of its batch; standing orders are allocated one by one.
        let isBatched: Bool
    }

    private struct State {
        var inFlight = 0
        var answers: [Answer] = []
        var firstAnswerAt = ContinuousClock.now
        var watchers: [AttemptID: CheckedContinuation<Void, Never>] = [:]
        var cursor = ChargeExecutor.first
        var organizationsSeen = 1
        var isStopping = false
    }

    let label = "charge-executor"
    /// Asked before anything is claimed or booked as sent.
    let valve: GatewayValve
    private let pool: PostgresPool
    private let gateway: any CardGateway
    private let claim: ClaimAttempts
    private let successes: RecordSuccesses
    private let answers: RecordAnswer
    private let settings: PaymentSettings
    private let log: Log
    private let metrics: PaymentMetrics
    private let state = Mutex(State())
    private let claimer = Mutex<BackgroundLoop?>(nil)
    private let recorder = Mutex<BackgroundLoop?>(nil)
    private let claimWakeup: Wakeup
    private let recordWakeup = Wakeup()

    init(
        pool: PostgresPool, gateway: any CardGateway, claim: ClaimAttempts, successes: RecordSuccesses,
        answers: RecordAnswer, valve: GatewayValve, settings: PaymentSettings, wakeup: Wakeup, log: Log,
        metrics: PaymentMetrics
    ) {
        self.valve = valve
        self.pool = pool
        self.gateway = gateway
        self.claim = claim
        self.successes = successes
        self.answers = answers
        self.settings = settings
        self.log = log
        self.metrics = metrics
        claimWakeup = wakeup
    }

    func start() async throws {
        try await startBooking()
        try await startClaiming()
    }

    /// Books the answers that come.
    func startBooking() async throws {
        let loop = BackgroundLoop(
            label: "charge-recorder", pause: settings.claimPause, wakeup: recordWakeup, log: log
        ) { [self] in try await recordRound() }
        recorder.withLock { $0 = loop }
        try await loop.start()
    }

    /// Claims what is ready.
    func startClaiming() async throws {
        let loop = BackgroundLoop(
            label: "charge-claimer", pause: settings.claimPause, wakeup: claimWakeup, log: log
        ) { [self] in try await claimRound() }
        claimer.withLock { $0 = loop }
        try await loop.start()
    }

    /// Claims nothing more, waits for the answers of what is in flight, and books them.
    func stop() async {
        state.withLock { $0.isStopping = true }
        await claimer.withLock { $0 }?.stop()
        while state.withLock({ $0.inFlight > 0 }) {
            let before = state.withLock { $0.inFlight }
            await drained.wait(atMost: settings.gatewayTimeout)
            if state.withLock({ $0.inFlight }) == before { break }
        }
        await recorder.withLock { $0 }?.stop()
    }

    private let drained = Wakeup()

    /// Sends a call that is on the books already, and waits until its answer is booked; the valve has let it through.
    func send(_ call: ChargeCall, under token: RawID) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.watchers[call.attemptID] = continuation }
            dispatch([ClaimAttempts.Claimed(call: call, token: token)])
        }
    }

    /// Sends calls that are on the books already and that the valve has let through; their answers are booked when they come.
    func dispatch(_ claimed: [ClaimAttempts.Claimed]) {
        state.withLock { $0.inFlight += claimed.count }
        for each in claimed {
            let (sent, pass) = (ContinuousClock.now, valve.pass())
            gateway.charge(each.call) { [self] outcome in
                metrics.gatewayAnswered(outcome, after: .now - sent)
                valve.ended(outcome, pass)
                let wakes = state.withLock { state in
                    if state.answers.isEmpty { state.firstAnswerAt = .now }
                    state.answers.append(
                        Answer(
                            attempt: each.call.attemptID, token: each.token, outcome: outcome,
                            isBatched: each.call.invoiceID != nil))
                    return state.answers.count == 1 || state.answers.count == enough(state)
                }
                if wakes { recordWakeup.signal() }
            }
        }
    }

    /// How many answers are worth a transaction at once: half a batch, or all that can come.
    private func enough(_ state: State) -> Int { min(settings.claimBatch / 2, state.inFlight) }

    private func claimRound() async throws -> BackgroundLoop.Round {
        let room = state.withLock { state in
            state.isStopping ? 0 : min(settings.gatewayConcurrency - state.inFlight, settings.claimBatch)
        }
        // A claim for a few places costs as much as one for many: better to wait until answers have made room.
        guard room >= min(settings.gatewayConcurrency / 4, settings.claimBatch / 2), room > 0 else {
            return .idle
        }
        let limit = valve.take(upTo: room)
        guard limit > 0 else { return .idle }
        var unused = limit
        defer { valve.giveBack(unused) }
        let (cursor, perOrganization) = state.withLock { state in
            (state.cursor, max(Self.leastPerOrganization, limit / state.organizationsSeen))
        }
        let result = try await pool.transaction { [claim] tx in
            try claim(limit: limit, perOrganization: perOrganization, after: cursor, in: tx)
                // At the end of the organizations the walk starts again from the first.
                ?? claim(limit: limit, perOrganization: perOrganization, after: Self.first, in: tx)
        }
        guard let result else { return .idle }
        unused = limit - result.claimed.count
        state.withLock { state in
            state.cursor = result.last
            state.organizationsSeen = result.organizations
        }
        dispatch(result.claimed)
        return .more
    }

    /// Each organization costs a walk through the index, however few of its attempts are taken.
    private static let leastPerOrganization = 4

    private static let first = OrganizationID(RawID(high: 0, low: 0))

    private func recordRound() async throws -> BackgroundLoop.Round {
        let (batch, rest) = state.withLock { state -> ([Answer], Duration?) in
            // A few answers more, a few milliseconds later, cost a fraction of two transactions.
            let rest = settings.recordLinger - (ContinuousClock.now - state.firstAnswerAt)
            if state.answers.count < enough(state), rest > .zero {
                return ([], state.answers.isEmpty ? nil : rest)
            }
            let batch = Array(state.answers.prefix(settings.claimBatch))
            state.answers.removeFirst(batch.count)
            state.firstAnswerAt = .now
            return (batch, nil)
        }
        if let rest { return .idleFor(rest) }
        guard !batch.isEmpty else { return .idle }
        do {
            try await book(batch)
        } catch {
            // Answers are not lost with a transaction: they are booked when the database is back.
            state.withLock { $0.answers.insert(contentsOf: batch, at: 0) }
            throw error
        }
        let watchers = state.withLock { state in
            state.inFlight -= batch.count
            return batch.compactMap { state.watchers.removeValue(forKey: $0.attempt) }
        }
        watchers.forEach { $0.resume() }
        claimWakeup.signal()
        drained.signal()
        return .more
    }

    private func book(_ batch: [Answer]) async throws {
        try await pool.transaction { [successes, answers, log] tx in
            var charged: [SuccessStore.Success] = []
            var others: [Answer] = []
            for answer in batch {
                if case .charged(let reference) = answer.outcome, answer.isBatched {
                    charged.append(
                        .init(attemptID: answer.attempt, token: answer.token, reference: reference))
                } else {
                    others.append(answer)
                }
            }
            let booked = Set(try successes(charged, in: tx).map(\.attemptID))
            for late in charged where !booked.contains(late.attemptID) {
                // The lease ran out before the answer came: the news still counts, by the pure machine's rules.
                let state = try answers(
                    .answered(.charged(reference: late.reference)), to: late.attemptID, under: nil, in: tx)
                if state == nil {
                    log.warning("a late answer changed nothing", ["attempt_id": LogValue(late.attemptID)])
                }
            }
            for answer in others {
                try answers(.answered(answer.outcome), to: answer.attempt, under: answer.token, in: tx)
            }
        }
    }
}

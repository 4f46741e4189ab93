import PaymentDomain
import Postgres
import Primitives

/// How often the cards of one claim may be tried, by the rules of their networks.
struct CardTries {
    /// Whether a card is tried now.
    enum Verdict: Hashable {
        case allowed
        /// Its network allows no other try, ever.
        case forbidden
        /// Not before a moment.
        case notBefore(Instant)
        /// Not before others of its tries have ended.
        case waits
    }

    /// Why a payment fails whose card may never be tried again.
    static let forbiddenReason = "card_refused_for_good"
    /// Why a payment is put off whose card was refused too often.
    static let capReason = "card_network_limit"

    /// Refusals without asking a bank, which no network counts.
    static let unasked = [forbiddenReason, capReason]

    private let now: Instant
    private let allowances: [String: CardAllowance]
    private var taken: [String: Int] = [:]

    /// Counts the tries of those cards among some that were refused lately; mostly there are none.
    init(_ methods: [AttemptStore.Method], now: Instant, in tx: borrowing Transaction) throws {
        let refused = methods.filter { !$0.isForbidden && Self.isSuspect($0, now: now) }.map(\.reference)
        self.now = now
        allowances = refused.isEmpty ? [:] : try CardTryStore.lock(Set(refused), now: now, in: tx)
    }

    private static func isSuspect(_ method: AttemptStore.Method, now: Instant) -> Bool {
        method.refusedAt.map { $0 > now - NetworkCap.longestWindow } ?? false
    }

    /// Takes a try of a card.
    mutating func take(_ method: AttemptStore.Method) -> Verdict {
        guard !method.isForbidden else { return .forbidden }
        let allowance =
            Self.isSuspect(method, now: now)
            ? allowances[method.reference] ?? .waits : .tries(NetworkCap.triesAtOnce(ofBrand: method.brand))
        switch allowance {
        case .notBefore(let moment): return .notBefore(moment)
        case .waits: return .waits
        case .tries(let tries):
            guard taken[method.reference, default: 0] < tries else { return .waits }
            taken[method.reference, default: 0] += 1
            return .allowed
        }
    }
}

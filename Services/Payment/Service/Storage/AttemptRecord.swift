import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// One attempt as it is stored, for everything that happens to attempts one at a time.
struct AttemptRecord {
    let attemptID: AttemptID
    let paymentID: PaymentID
    let number: Int
    let organizationID: OrganizationID
    /// nil for a standing order, whose attempt may hold many.
    let invoiceID: InvoiceID?
    let planID: ChargePlanID?
    let state: AttemptState
    let amount: Money
    let method: AttemptStore.Method?
    let isOffSession: Bool
    let sends: Int
    let sentAt: Instant?
    let isAnnounced: Bool
    let gatewayReference: String?
    let customerID: CustomerID?
    let accountID: AccountID?
    let source: PaymentSource
    let leaseToken: RawID?
    let correlationID: RawID
    let causationID: RawID?
    let walletID: WalletID?
    /// What a wallet pays besides the card.
    let walletMinor: Int64
    let choice: CardChoice

    /// Loads and locks an attempt.
    static func lock(_ attempt: AttemptID, in tx: borrowing Transaction) throws -> AttemptRecord? {
        try tx.query(select + " WHERE a.attempt_id = $1 FOR NO KEY UPDATE OF a", [attempt]).first.map {
            try read($0)
        }
    }

    /// Loads an attempt.
    static func find(_ attempt: AttemptID, in tx: borrowing Transaction) throws -> AttemptRecord? {
        try tx.query(select + " WHERE a.attempt_id = $1", [attempt]).first.map { try read($0) }
    }

    /// Loads attempts.
    static func find(_ attempts: [AttemptID], in tx: borrowing Transaction) throws -> [AttemptRecord] {
        try tx.query(select + " WHERE a.attempt_id = ANY ($1)", [attempts]).map { try read($0) }
    }

    /// Attempts of which nobody knows what became of them, newest first.
    static func inDoubt(
        before cursor: AttemptID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [AttemptRecord] {
        try tx.query(
            select + """
                 WHERE a.state IN ('unknown', 'needs_review') AND ($1::uuid IS NULL OR a.attempt_id < $1)
                 ORDER BY a.attempt_id DESC LIMIT $2
                """, [cursor, limit]
        ).map { try read($0) }
    }

    /// Locks attempts in one of the states whose time has come; those that somebody else holds are passed over.
    static func lockDue(
        _ state: String, before moment: Instant, limit: Int, in tx: borrowing Transaction
    ) throws -> [AttemptRecord] {
        try tx.query(
            select + """
                 WHERE a.attempt_id = ANY (ARRAY (
                    SELECT attempt_id FROM attempts
                     WHERE state IN ('in_flight', 'unknown', 'requires_action') AND state = $1 AND next_at <= $2
                     ORDER BY next_at LIMIT $3))
                 FOR NO KEY UPDATE OF a SKIP LOCKED
                """, [state, moment, limit]
        ).map { try read($0) }
    }

    private static let select = """
        SELECT a.attempt_id, a.payment_id, a.number, a.organization_id, a.invoice_id, a.plan_id, a.state, a.amount, a.currency,
               a.gateway_customer, a.gateway_method, a.brand, a.last4, a.off_session, a.sends, a.look_ups, a.lease_token,
               a.next_at, a.sent_at, a.is_announced, a.gateway_reference, a.decline_class, a.outcome_code, y.customer_id,
               y.account_id, y.source, a.correlation_id, a.causation_id, a.wallet_id, a.wallet_amount,
               a.payment_method_id, a.first_number
          FROM attempts a JOIN payments y ON y.payment_id = a.payment_id
        """

    private static func read(_ row: Row) throws -> AttemptRecord {
        let method: String? = try row[10]
        return AttemptRecord(
            attemptID: try row[0], paymentID: try row[1], number: try row[2], organizationID: try row[3],
            invoiceID: try row[4], planID: try row[5], state: try state(row),
            amount: Money(minorUnits: try row[7], currency: try row[8]),
            method: try method.map {
                AttemptStore.Method(
                    customer: try row[9], reference: $0, brand: try row[11], last4: try row[12])
            },
            isOffSession: try row[13], sends: try row[14], sentAt: try row[18], isAnnounced: try row[19],
            gatewayReference: try row[20], customerID: try row[23], accountID: try row[24],
            source: try row.get(25),
            leaseToken: try row[16], correlationID: try row[26], causationID: try row[27],
            walletID: try row[28], walletMinor: try row[29],
            choice: CardChoice(card: try row[30], firstNumber: try row[31]))
    }

    private static func state(_ row: Row) throws -> AttemptState {
        let name: String = try row[6]
        func time() throws -> Instant { try row[17] }
        func code() throws -> String { try row.get(22, as: String?.self) ?? "" }
        switch name {
        case "held": return .held
        case "ready": return .ready(notBefore: try time())
        case "in_flight": return .inFlight(AttemptLease(token: try row[16], until: try time()))
        case "requires_action": return .requiresAction(until: try time())
        case "unknown": return .unknown(lookUps: try row[15], next: try time())
        case "needs_review": return .needsReview(reason: try code())
        case "succeeded": return .succeeded(reference: try row.get(20, as: String?.self) ?? "")
        case "declined": return .declined(Decline(try row.get(21), code: try code()))
        case "cancelled": return .cancelled(reason: try code())
        default: throw PostgresError(code: .decoding, message: "\(name) is no state of an attempt")
        }
    }

    /// Stores a state that is not a success: those are booked by `SuccessStore`.
    func store(_ state: AttemptState, reference: String?, now: Instant, in tx: borrowing Transaction) throws {
        var nextAt: Instant?
        var lookUps: Int?
        var declineClass: String?
        var code: String?
        switch state {
        case .held, .succeeded: break
        case .ready(let notBefore): nextAt = notBefore
        case .inFlight(let lease): nextAt = lease.until
        case .requiresAction(let until): nextAt = until
        case .unknown(let count, let next): (nextAt, lookUps) = (next, count)
        case .needsReview(let reason), .cancelled(let reason): code = reason
        case .declined(let decline): (declineClass, code) = (decline.declineClass.rawValue, decline.code)
        }
        var token: RawID?
        if case .inFlight(let lease) = state { token = lease.token }
        try tx.send(
            """
            UPDATE attempts
               SET state = $2, next_at = $3, look_ups = coalesce($4, look_ups), decline_class = $5, outcome_code = $6,
                   lease_token = $7, gateway_reference = coalesce($8, gateway_reference), ended_at = $9
             WHERE attempt_id = $1
            """,
            [
                attemptID, state.storedWord, nextAt, lookUps, declineClass, code, token, reference,
                state.isOpen ? nil : now,
            ])
    }

    /// The request that this attempt makes, whoever makes it and however often.
    var call: ChargeCall? {
        method.map {
            ChargeCall(
                attemptID: attemptID, paymentID: paymentID, invoiceID: invoiceID, number: number,
                amount: amount,
                customer: $0.customer, method: $0.reference, isOffSession: isOffSession)
        }
    }

    /// All attempts of its payment up to it.
    var attemptsSoFar: [AttemptID] {
        (1...number).map { AttemptIdentity.id(of: paymentID, number: $0) }
    }

    /// The payables that it may hold.
    func invoices(in tx: borrowing Transaction) throws -> [InvoiceID] {
        try invoiceID.map { [$0] } ?? OrderPaymentStore.invoices(of: attemptID, in: tx)
    }

    /// The payment as events show it.
    var facts: PaymentFacts {
        PaymentFacts(
            paymentID: paymentID, organizationID: organizationID, customerID: customerID,
            accountID: accountID,
            source: source, currency: amount.currency, amountMinor: amount.minorUnits + walletMinor,
            tenders: Tender.parts(
                cardMinor: amount.minorUnits, brand: method?.brand, last4: method?.last4,
                walletMinor: walletMinor),
            allocations: invoiceID.map {
                [Allocation(invoiceID: $0, amountMinor: amount.minorUnits + walletMinor)]
            } ?? [],
            attemptID: attemptID,
            attemptNumber: number, planID: planID)
    }
}

extension AttemptState {
    /// The word by which it is stored, and told to operators.
    var storedWord: String {
        switch self {
        case .held: "held"
        case .ready: "ready"
        case .inFlight: "in_flight"
        case .requiresAction: "requires_action"
        case .unknown: "unknown"
        case .needsReview: "needs_review"
        case .succeeded: "succeeded"
        case .declined: "declined"
        case .cancelled: "cancelled"
        }
    }
}

extension Tender {
    /// What an attempt is made of; there is always one.
    static func parts(cardMinor: Int64, brand: String?, last4: String?, walletMinor: Int64) -> [Tender] {
        let wallet = Tender(kind: .wallet, amountMinor: walletMinor)
        if cardMinor == 0, walletMinor > 0 { return [wallet] }
        let card = Tender(kind: .card, amountMinor: cardMinor, brand: brand, last4: last4)
        return walletMinor > 0 ? [card, wallet] : [card]
    }
}

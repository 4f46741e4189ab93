import EventContracts
import Postgres
import Primitives

/// The statements about saved cards.
enum PaymentMethodStore {
    /// A saved card.
    struct Stored: Sendable {
        let id: PaymentMethodID
        let accountID: AccountID
        let gatewayCustomer: String
        let card: GatewayCard
        let createdAt: Instant
        /// Its place in the payer's order.
        let position: Int
        /// The bank's word after which it is not tried unasked.
        let refusal: String?

        func changedEvent(isRemoved: Bool, sequence: Int64, cause: EventCause) throws -> OutgoingEvent {
            let changed = PaymentMethodChanged(
                paymentMethodID: id, accountID: accountID, brand: card.brand, last4: card.last4,
                expiryYear: card.expiryYear, expiryMonth: card.expiryMonth, isRemoved: isRemoved)
            return try OutgoingEvent(changed, subject: id, tenant: nil, sequence: sequence, cause: cause)
        }
    }

    static let columns = """
        payment_method_id, account_id, gateway_customer, reference, brand, last4, expiry_year, expiry_month, created_at,
        position, refusal
        """

    static func stored(_ row: Row) throws -> Stored {
        Stored(
            id: try row[0], accountID: try row[1], gatewayCustomer: try row[2],
            card: GatewayCard(
                reference: try row[3], brand: try row[4], last4: try row[5], expiryYear: try row[6],
                expiryMonth: try row[7]), createdAt: try row[8],
            position: try row[9], refusal: try row[10])
    }

    /// A payer's card.
    static func find(_ id: PaymentMethodID, of account: AccountID, in tx: borrowing Transaction) throws
        -> Stored?
    {
        try tx.query("\(select) WHERE \(isThere)", [id, account]).first.map { try stored($0) }
    }

    /// A payer's card, which nobody removes before the end of the transaction.
    static func keep(_ id: PaymentMethodID, of account: AccountID, in tx: borrowing Transaction) throws
        -> Stored?
    {
        try tx.query("\(select) WHERE \(isThere) FOR SHARE", [id, account]).first.map { try stored($0) }
    }

    private static let select = "SELECT \(columns) FROM payment_methods"
    private static let isThere = "payment_method_id = $1 AND account_id = $2 AND NOT is_removed"

    /// A card by the gateway's name of it, removed or not.
    static func find(
        reference: String, gatewayAccount: String, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            "\(select) WHERE gateway_account = $1 AND reference = $2", [gatewayAccount, reference]
        ).first.map { try stored($0) }
    }

    /// How a payer's card is charged, and how its bank took that lately.
    static func method(
        _ id: PaymentMethodID, of account: AccountID, in tx: borrowing Transaction
    ) throws -> AttemptStore.Method? {
        try tx.query(
            """
            SELECT gateway_customer, reference, brand, last4, refused_at, forbidden_code IS NOT NULL FROM payment_methods
             WHERE payment_method_id = $1 AND account_id = $2 AND NOT is_removed
            """, [id, account]
        ).first.map {
            AttemptStore.Method(
                customer: try $0[0], reference: try $0[1], brand: try $0[2], last4: try $0[3],
                refusedAt: try $0[4], isForbidden: try $0[5])
        }
    }

    /// A payer's cards, in the payer's order.
    static func list(of account: AccountID, in tx: borrowing Transaction) throws -> [Stored] {
        try tx.query(
            """
            SELECT \(columns) FROM payment_methods WHERE account_id = $1 AND NOT is_removed
             ORDER BY position, payment_method_id LIMIT 100
            """, [account]
        ).map { try stored($0) }
    }

    /// Puts a payer's cards in an order; each of them has to be named once.
    ///
    /// - Returns: Whether they were.
    static func order(
        _ cards: [PaymentMethodID], of account: AccountID, in tx: borrowing Transaction
    ) throws -> Bool {
        let stored = try tx.query(
            """
            SELECT payment_method_id FROM payment_methods WHERE account_id = $1 AND NOT is_removed
             ORDER BY payment_method_id FOR NO KEY UPDATE
            """, [account]
        ).column(0, as: PaymentMethodID.self)
        guard stored.count == cards.count, Set(stored) == Set(cards) else { return false }
        try tx.send(
            """
            UPDATE payment_methods w SET position = t.position
              FROM unnest($1::uuid[]) WITH ORDINALITY AS t (card, position) WHERE w.payment_method_id = t.card
            """, [cards])
        return true
    }

    /// Saves a card, as the last in the payer's order; one that is saved already stays what it was.
    static func insert(
        _ card: GatewayCard, customer: String, account: AccountID, gatewayAccount: String, now: Instant,
        in tx: borrowing Transaction
    ) throws -> (stored: Stored, isNew: Bool, sequence: Int64)? {
        let wasRemoved = try tx.query(
            """
            SELECT is_removed FROM payment_methods WHERE gateway_account = $1 AND reference = $2 FOR NO KEY UPDATE
            """, [gatewayAccount, card.reference]
        ).scalar(as: Bool.self)
        return try tx.query(
            """
            INSERT INTO payment_methods (payment_method_id, account_id, gateway_account, gateway_customer, reference, brand,
                                         last4, expiry_year, expiry_month, created_at, position)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                    (SELECT coalesce(max(position), 0) + 1 FROM payment_methods WHERE account_id = $2 AND NOT is_removed))
            ON CONFLICT (gateway_account, reference) DO UPDATE
               SET is_removed = false, detach_at = NULL, refusal = NULL,
                   sequence = payment_methods.sequence + payment_methods.is_removed::int,
                   position = CASE WHEN payment_methods.is_removed THEN EXCLUDED.position ELSE payment_methods.position END
             WHERE payment_methods.account_id = EXCLUDED.account_id
            RETURNING \(columns), xmax = 0, sequence
            """,
            [
                PaymentMethodID.new(at: now), account, gatewayAccount, customer, card.reference, card.brand,
                card.last4,
                card.expiryYear, card.expiryMonth, now,
            ]
        ).first.map { (try stored($0), try $0.get(11, as: Bool.self) || wasRemoved == true, try $0[12]) }
    }

    /// Removes a card; mandates that use it need another.
    ///
    /// - Returns: The card and the event's sequence.
    static func remove(
        _ id: PaymentMethodID, of account: AccountID, now: Instant, in tx: borrowing Transaction
    ) throws -> (stored: Stored, sequence: Int64)? {
        try tx.query(
            """
            UPDATE payment_methods SET is_removed = true, detach_at = $3, sequence = sequence + 1
             WHERE payment_method_id = $1 AND account_id = $2 AND NOT is_removed RETURNING \(columns), sequence
            """, [id, account, now]
        ).first.map { (try stored($0), try $0[11]) }
    }

    /// Takes over what the gateway says of a card, which is a new one for its network.
    ///
    /// Returns nil when it says nothing new, or the card is not saved.
    static func update(
        _ card: GatewayCard, gatewayAccount: String, in tx: borrowing Transaction
    ) throws -> (stored: Stored, sequence: Int64)? {
        try tx.query(
            """
            UPDATE payment_methods
               SET brand = $3, last4 = $4, expiry_year = $5, expiry_month = $6, sequence = sequence + 1,
                   refusal = NULL, forbidden_code = NULL,
                   expiry_notice_days = CASE WHEN (expiry_year, expiry_month) = ($5, $6) THEN expiry_notice_days ELSE 30 END
             WHERE gateway_account = $1 AND reference = $2 AND NOT is_removed
               AND (brand, last4, expiry_year, expiry_month) IS DISTINCT FROM ($3, $4, $5, $6)
            RETURNING \(columns), sequence
            """,
            [gatewayAccount, card.reference, card.brand, card.last4, card.expiryYear, card.expiryMonth]
        ).first.map { (try stored($0), try $0[11]) }
    }

    /// Who a payer at the gateway is.
    static func account(
        ofGatewayCustomer reference: String, gatewayAccount: String, in tx: borrowing Transaction
    ) throws -> AccountID? {
        try tx.query(
            "SELECT account_id FROM gateway_customers WHERE gateway_account = $1 AND reference = $2",
            [gatewayAccount, reference]
        ).scalar()
    }

    /// The gateway's name of a payer.
    static func gatewayCustomer(
        of account: AccountID, gatewayAccount: String, in tx: borrowing Transaction
    ) throws -> String? {
        try tx.query(
            "SELECT reference FROM gateway_customers WHERE account_id = $1 AND gateway_account = $2",
            [account, gatewayAccount]
        ).scalar()
    }

    /// Keeps the gateway's name of a payer; the first one that was stored stays.
    static func keepGatewayCustomer(
        _ reference: String, of account: AccountID, gatewayAccount: String, in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            INSERT INTO gateway_customers (account_id, gateway_account, reference) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
            """, [account, gatewayAccount, reference])
    }
}

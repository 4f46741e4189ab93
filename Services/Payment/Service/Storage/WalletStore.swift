import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// The statements about wallets.
enum WalletStore {
    /// A wallet as it is stored.
    struct Stored: Sendable {
        let wallet: Wallet
        let organizationID: OrganizationID
        let accountID: AccountID
        let customerID: CustomerID
        let sequence: Int64
        let createdAt: Instant

        func changedEvent(
            _ reason: BalanceReason, amountMinor: Int64, invoice: InvoiceID?, cause: EventCause
        ) throws -> OutgoingEvent {
            let facts = WalletFacts(
                walletID: wallet.id, organizationID: organizationID, accountID: accountID,
                customerID: customerID, currency: wallet.currency, balanceMinor: wallet.balanceMinor,
                heldMinor: wallet.heldMinor)
            return try OutgoingEvent(
                WalletChanged(wallet: facts, reason: reason, amountMinor: amountMinor, invoiceID: invoice),
                subject: wallet.id, tenant: organizationID, sequence: sequence, cause: cause)
        }
    }

    private static let columns = """
        wallet_id, currency, balance, held, threshold, refill, organization_id, account_id, customer_id, sequence, created_at
        """

    private static func stored(_ row: Row) throws -> Stored {
        let threshold: Int64? = try row[4]
        let amount: Int64? = try row[5]
        var refill: Wallet.Refill?
        if let threshold, let amount { refill = .init(thresholdMinor: threshold, amountMinor: amount) }
        return Stored(
            wallet: Wallet(
                id: try row[0], currency: try row[1], balanceMinor: try row[2], heldMinor: try row[3],
                refill: refill),
            organizationID: try row[6], accountID: try row[7], customerID: try row[8], sequence: try row[9],
            createdAt: try row[10])
    }

    /// Makes the wallet of a customer's account, unless there is one.
    static func open(
        for customer: CustomerID, of organization: OrganizationID, account: AccountID, currency: Currency,
        now: Instant, in tx: borrowing Transaction
    ) throws -> (stored: Stored, isNew: Bool)? {
        let new = try tx.query(
            """
            INSERT INTO wallets (wallet_id, organization_id, account_id, customer_id, currency, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING \(columns)
            """, [WalletID.new(at: now), organization, account, customer, currency.code, now]
        ).first.map { try stored($0) }
        if let new { return (new, true) }
        return try tx.query(
            """
            SELECT \(columns) FROM wallets WHERE account_id = $1 AND organization_id = $2 AND currency = $3
            """, [account, organization, currency.code]
        ).first.map { (try stored($0), false) }
    }

    static func find(_ id: WalletID, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query("SELECT \(columns) FROM wallets WHERE wallet_id = $1", [id]).first.map { try stored($0) }
    }

    /// The wallet of a payer at a sender, which it locks.
    static func lock(
        of account: AccountID, at organization: OrganizationID, in currency: Currency,
        _ tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            SELECT \(columns) FROM wallets WHERE account_id = $1 AND organization_id = $2 AND currency = $3
               FOR NO KEY UPDATE
            """, [account, organization, currency.code]
        ).first.map { try stored($0) }
    }

    static func lock(_ id: WalletID, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query("SELECT \(columns) FROM wallets WHERE wallet_id = $1 FOR NO KEY UPDATE", [id]).first.map
        {
            try stored($0)
        }
    }

    /// Whose wallets a list shows.
    enum Owner: Sendable {
        case account(AccountID)
        case organization(OrganizationID)

        var column: String {
            switch self {
            case .account: "account_id"
            case .organization: "organization_id"
            }
        }

        var id: RawID {
            switch self {
            case .account(let id): id.raw
            case .organization(let id): id.raw
            }
        }

        func owns(_ wallet: Stored) -> Bool {
            switch self {
            case .account(let id): wallet.accountID == id
            case .organization(let id): wallet.organizationID == id
            }
        }
    }

    /// The newest first.
    static func list(
        of owner: Owner, before cursor: WalletID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            SELECT \(columns) FROM wallets WHERE \(owner.column) = $1 AND ($2::uuid IS NULL OR wallet_id < $2)
             ORDER BY wallet_id DESC LIMIT $3
            """, [owner.id, cursor, limit]
        ).map { try stored($0) }
    }

    /// Moves money in, or out when it is below zero, and lets go of what was held for it.
    static func move(
        _ amountMinor: Int64, released: Int64 = 0, of id: WalletID, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            UPDATE wallets SET balance = balance + $2, held = held - $3, sequence = sequence + 1 WHERE wallet_id = $1
            RETURNING \(columns)
            """, [id, amountMinor, released]
        ).first.map { try stored($0) }
    }

    /// Holds money for payments under way, or lets go of it when it is below zero.
    static func hold(_ amountMinor: Int64, of id: WalletID, in tx: borrowing Transaction) throws {
        try tx.send("UPDATE wallets SET held = held + $2 WHERE wallet_id = $1", [id, amountMinor])
    }

    static func setRefill(_ refill: Wallet.Refill?, of id: WalletID, in tx: borrowing Transaction) throws {
        try tx.send(
            "UPDATE wallets SET threshold = $2, refill = $3 WHERE wallet_id = $1",
            [id, refill?.thresholdMinor, refill?.amountMinor])
    }

    /// Which wallets invoices top up: those of the same sender, payer and currency, as the invoices name them.
    ///
    /// Without an invoice that names one this needs no statement.
    static func toppedUp(
        by invoices: [InvoiceSnapshot], in tx: borrowing Transaction
    ) throws -> [InvoiceID: WalletID] {
        let naming = invoices.filter { $0.walletID != nil }
        guard !naming.isEmpty else { return [:] }
        var wallets: [InvoiceID: WalletID] = [:]
        let rows = try tx.query(
            """
            SELECT t.invoice, w.wallet_id
              FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS t (invoice, wallet, customer, currency)
              JOIN customers c ON c.customer_id = t.customer
              JOIN wallets w ON w.wallet_id = t.wallet AND w.organization_id = c.organization_id
                   AND w.account_id = c.account_id AND w.currency = t.currency
            """,
            [
                naming.map(\.invoiceID), naming.map(\.walletID), naming.map(\.customerID),
                naming.map(\.currency.code),
            ])
        for row in rows { wallets[try row.get(0)] = try row.get(1) }
        return wallets
    }

    /// One line of a wallet's account.
    struct Entry: Sendable {
        let id: TransferID
        let amount: Money
        let reason: String
        let invoiceID: InvoiceID?
        let bookedAt: Instant
    }

    /// The newest first.
    static func entries(
        of id: WalletID, before cursor: TransferID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Entry] {
        try tx.query(
            """
            SELECT transfer_id, CASE WHEN credit = 'wallet' THEN amount ELSE -amount END, currency, reason, invoice_id,
                   booked_at
              FROM ledger_transfers
             WHERE wallet_id = $1
               AND ($2::uuid IS NULL
                    OR (booked_at, transfer_id)
                       < (SELECT c.booked_at, c.transfer_id FROM ledger_transfers c WHERE c.transfer_id = $2))
             ORDER BY booked_at DESC, transfer_id DESC LIMIT $3
            """, [id, cursor, limit]
        ).map {
            Entry(
                id: try $0[0], amount: Money(minorUnits: try $0[1], currency: try $0[2]), reason: try $0[3],
                invoiceID: try $0[4], bookedAt: try $0[5])
        }
    }
}

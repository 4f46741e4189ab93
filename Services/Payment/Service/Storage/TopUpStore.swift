import PaymentDomain
import Postgres
import Primitives

/// The statements about top-ups.
enum TopUpStore {
    /// A top-up as it is stored.
    struct Stored: Sendable {
        let id: TopUpID
        let walletID: WalletID
        let amount: Money
        let isAutomatic: Bool
        let isOpen: Bool
        let createdAt: Instant

        var invoiceID: InvoiceID { Wallet.invoiceID(of: id) }
    }

    /// Stores a top-up; nil when it is automatic and one is open already.
    static func insert(
        _ amount: Money, for wallet: WalletID, isAutomatic: Bool, now: Instant, in tx: borrowing Transaction
    ) throws -> Stored? {
        let id = TopUpID.new(at: now)
        return try tx.query(
            """
            INSERT INTO top_ups (top_up_id, wallet_id, invoice_id, amount, is_automatic, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1
            """, [id, wallet, Wallet.invoiceID(of: id), amount.minorUnits, isAutomatic, now]
        ).first.map { _ in
            Stored(
                id: id, walletID: wallet, amount: amount, isAutomatic: isAutomatic, isOpen: true,
                createdAt: now)
        }
    }

    /// Their invoices need no more money: they are paid, or cancelled.
    static func close(_ invoices: [InvoiceID], in tx: borrowing Transaction) throws {
        try tx.send(
            "UPDATE top_ups SET is_open = false WHERE invoice_id = ANY ($1) AND is_open", [invoices])
    }

    /// The newest first.
    static func list(
        of wallet: WalletID, before cursor: TopUpID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            SELECT t.top_up_id, t.wallet_id, t.amount, w.currency, t.is_automatic, t.is_open, t.created_at
              FROM top_ups t JOIN wallets w ON w.wallet_id = t.wallet_id
             WHERE t.wallet_id = $1 AND ($2::uuid IS NULL OR t.top_up_id < $2) ORDER BY t.top_up_id DESC LIMIT $3
            """, [wallet, cursor, limit]
        ).map {
            Stored(
                id: try $0[0], walletID: try $0[1],
                amount: Money(minorUnits: try $0[2], currency: try $0[3]), isAutomatic: try $0[4],
                isOpen: try $0[5], createdAt: try $0[6])
        }
    }
}

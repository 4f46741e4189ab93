import PaymentDomain
import Postgres
import Primitives

/// The statements with which claims hold money of many wallets at once.
///
/// A claim without a payer who pays by wallet runs none of them.
enum WalletHoldStore {
    /// Which wallet an attempt may use.
    struct Key: Hashable {
        let accountID: AccountID
        let organizationID: OrganizationID
        let currency: Currency
    }

    /// Locks wallets, in one order everywhere.
    static func lock(_ keys: [Key], in tx: borrowing Transaction) throws -> [Key: Wallet] {
        guard !keys.isEmpty else { return [:] }
        let rows = try tx.query(
            """
            SELECT account_id, organization_id, currency, wallet_id, balance, held FROM wallets
             WHERE (account_id, organization_id, currency) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]))
             ORDER BY wallet_id FOR NO KEY UPDATE
            """, [keys.map(\.accountID), keys.map(\.organizationID), keys.map(\.currency.code)])
        var wallets: [Key: Wallet] = [:]
        for row in rows {
            let currency: Currency = try row.get(2)
            let key = Key(accountID: try row[0], organizationID: try row[1], currency: currency)
            wallets[key] = Wallet(
                id: try row[3], currency: currency, balanceMinor: try row[4], heldMinor: try row[5])
        }
        return wallets
    }

    /// What an attempt takes of which wallet.
    struct Hold {
        let attemptID: AttemptID
        let walletID: WalletID?
        let amountMinor: Int64
        /// What it had before, from a try that was not executed.
        let beforeMinor: Int64
    }

    /// Notes what attempts take, and holds it in their locked wallets.
    static func store(_ holds: [Hold], in tx: borrowing Transaction) throws {
        guard !holds.isEmpty else { return }
        try tx.send(
            """
            WITH t AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
                           AS t (attempt, wallet, amount, before)),
            a AS (
                UPDATE attempts SET wallet_id = t.wallet, wallet_amount = t.amount FROM t WHERE attempt_id = t.attempt)
            UPDATE wallets w SET held = w.held + s.change
              FROM (SELECT wallet, sum(amount - before)::bigint AS change FROM t GROUP BY wallet) s
             WHERE w.wallet_id = s.wallet
            """,
            [
                holds.map(\.attemptID), holds.map(\.walletID), holds.map(\.amountMinor),
                holds.map(\.beforeMinor),
            ])
    }
}

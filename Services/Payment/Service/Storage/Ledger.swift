import EventContracts
import Postgres
import Primitives

/// The books: what one account gives, another takes, and nothing that is booked is ever changed.
///
/// Card charges are booked by the statements that record them; everything that moves wallets and credit is booked here.
enum Ledger {
    /// A side of a transfer.
    enum Account: String {
        case gateway
        case manual
        case sender
        case payerCredit = "payer_credit"
        case wallet
    }

    /// One movement; a wallet or credit among its sides is named.
    struct Transfer {
        let id: TransferID
        let organizationID: OrganizationID
        let debit: Account
        let credit: Account
        let amount: Money
        let reason: BalanceReason
        let invoiceID: InvoiceID?
        var walletID: WalletID?
        var creditID: CreditID?
    }

    static func book(_ transfer: Transfer, at now: Instant, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at, reason,
                                          invoice_id, wallet_id, credit_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                transfer.id, transfer.organizationID, transfer.debit.rawValue, transfer.credit.rawValue,
                transfer.amount.currency.code, transfer.amount.minorUnits, now, transfer.reason.rawValue,
                transfer.invoiceID, transfer.walletID, transfer.creditID,
            ])
    }
}

public import Primitives

/// A client's money at one sender, in one currency.
public struct Wallet: Hashable, Sendable {
    /// When it fills itself, and with how much.
    public struct Refill: Hashable, Sendable {
        /// Less than this is too little.
        ///
        /// Minor units.
        public let thresholdMinor: Int64
        /// What it asks for then.
        ///
        /// Minor units.
        public let amountMinor: Int64

        /// The terms.
        public init(thresholdMinor: Int64, amountMinor: Int64) {
            self.thresholdMinor = thresholdMinor
            self.amountMinor = amountMinor
        }
    }

    /// The wallet.
    public let id: WalletID
    /// Of every amount here.
    public let currency: Currency
    /// What is in it, in minor units.
    public var balanceMinor: Int64
    /// What of it payments under way may take.
    public var heldMinor: Int64
    /// Whether it fills itself.
    public var refill: Refill?

    /// A wallet as it is stored.
    public init(
        id: WalletID, currency: Currency, balanceMinor: Int64, heldMinor: Int64, refill: Refill? = nil
    ) {
        self.id = id
        self.currency = currency
        self.balanceMinor = balanceMinor
        self.heldMinor = heldMinor
        self.refill = refill
    }

    /// What another payment may take.
    public var availableMinor: Int64 { balanceMinor - heldMinor }

    /// What it asks for now; nil while enough is there.
    public var wantedMinor: Int64? {
        guard let refill, availableMinor < refill.thresholdMinor else { return nil }
        return refill.amountMinor
    }

    /// The one invoice that a top-up can have.
    public static func invoiceID(of topUp: TopUpID) -> InvoiceID {
        InvoiceID(.v5(namespace: topUp.raw, name: "invoice"))
    }

    /// The one transfer that takes a payment's part out of the wallet.
    public static func spendingID(of payment: PaymentID) -> TransferID {
        TransferID(.v5(namespace: payment.raw, name: "wallet"))
    }

    /// The one transfer that puts the money of a payment for an invoice into the wallet.
    public static func creditID(of payment: PaymentID, for invoice: InvoiceID) -> TransferID {
        TransferID(.v5(namespace: payment.raw, name: invoice.raw.bytes))
    }
}

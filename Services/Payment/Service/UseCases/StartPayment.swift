import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// A person pays an invoice now, by card or from the wallet: by the link in a mail or by the button after login.
struct StartPayment: Sendable {
    /// What a person wants to pay, and with what.
    struct Wish: Sendable {
        let invoiceID: InvoiceID
        let source: PaymentSource
        /// The generation of the link that was used.
        let linkGeneration: Int64?
        /// Who is signed in; others than the invoice's payer are refused.
        let accountID: AccountID?
        /// nil when the wallet is to pay everything.
        let card: Card?
        var payWith = PayWith.card
        var portion = Portion.everything
    }

    /// How much of what is open a person pays.
    enum Portion: Sendable {
        case everything
        /// What is left of the part that is due next; of an invoice without parts, everything.
        case nextInstalment
        /// In minor units.
        case exactly(Int64)
    }

    /// The card to charge.
    enum Card: Sendable {
        /// A saved one of the payer.
        case saved(PaymentMethodID)
        /// One that the browser has just handed to the gateway; the gateway's name of it.
        case handedOver(String)
    }

    /// A payment that is on the books and is to be sent.
    struct Started: Sendable {
        let call: ChargeCall
        let token: RawID
        /// What a wallet pays.
        let walletMinor: Int64

        /// Whether the gateway has a part in it.
        var needsCard: Bool { call.amount.minorUnits > 0 }
        /// The card's part and the wallet's.
        var total: Money {
            Money(
                minorUnits: call.amount.minorUnits + walletMinor, currency: call.amount.currency)
        }
    }

    /// Stands in the place of the gateway's name of a payment that it had no part in.
    static let walletReference = "wallet"

    let settings: PaymentSettings
    let clock: any WallClock
    let endAttempt: EndAttempt
    let answers: RecordAnswer

    /// Books the attempt as sent, under the one lease of the payable.
    ///
    /// - Returns: What is to be sent.
    /// - Throws: `Problem` for an invoice that cannot be paid now: settled, voided, being paid, its link dead.
    func callAsFunction(_ wish: Wish, in tx: borrowing Transaction) throws -> Started {
        let now = clock.now()
        // The attempt is locked before its payable, as everywhere; whether it is still the holder shows afterwards.
        let holder = try PayableStore.find(wish.invoiceID, locks: false, in: tx)?.leasedBy
        let held = try holder.flatMap { try AttemptRecord.lock($0, in: tx) }
        guard let view = try PayableStore.find(wish.invoiceID, locks: true, in: tx) else {
            throw Problem.notFound
        }
        guard view.leasedBy == holder else {
            throw Problem.unavailable("The invoice changed at this moment.")
        }
        try PaymentRules.check(view, wish, now: now)
        try checkRate(wish, now: now, in: tx)
        switch LeaseDecision.decide(for: .person, holder: held.map { ($0.attemptID, $0.state) }) {
        case .granted: break
        case .replaces: if let held { try endAttempt.replaced(held, for: view.payable.invoiceID, in: tx) }
        case .conflict(let attempt): throw PaymentRules.inProgress(attempt)
        case .waits: throw PaymentRules.inProgress(holder)
        }
        let (split, wallet) = try split(of: wish, view: view, in: tx)
        let method = split.cardMinor > 0 ? try method(of: wish, in: tx) : nil
        let started = try book(
            wish, view: view, method: method, split: split, wallet: wallet, now: now, in: tx)
        if !started.needsCard {
            try answers(
                .answered(.charged(reference: Self.walletReference)), to: started.call.attemptID,
                under: started.token, in: tx)
        }
        return started
    }

    /// What the wallet and the card pay; the wallet, if it is needed, is locked.
    private func split(
        of wish: Wish, view: PayableStore.View, in tx: borrowing Transaction
    ) throws -> (PayWith.Split, WalletID?) {
        let amount = try PaymentRules.amount(of: wish.portion, view)
        guard wish.payWith != .card else { return (.init(walletMinor: 0, cardMinor: amount), nil) }
        guard view.walletID == nil else {
            throw Problem.conflict("wallet_top_up", "A wallet is not filled from a wallet")
        }
        let stored = try wish.accountID.flatMap {
            try WalletStore.lock(of: $0, at: view.organizationID, in: view.payable.currency, tx)
        }
        let split = wish.payWith.split(
            openMinor: amount, availableMinor: stored?.wallet.availableMinor ?? 0)
        guard let split else {
            throw Problem.conflict("insufficient_balance", "There is not enough in the wallet")
        }
        return (split, split.walletMinor > 0 ? stored?.wallet.id : nil)
    }

    private func checkRate(_ wish: Wish, now: Instant, in tx: borrowing Transaction) throws {
        guard wish.source == .link else { return }
        let starts = try tx.query(
            """
            SELECT count(*) FROM payments WHERE invoice_id = $1 AND source = 'link' AND created_at > $2
            """, [wish.invoiceID, now - .seconds(3_600)]
        ).scalar(as: Int64.self)
        guard (starts ?? 0) < Int64(settings.startsPerLinkAndHour) else {
            throw Problem(
                status: 429, code: "too_many_attempts", title: "Too many attempts with this link",
                headers: ["Retry-After": "3600"])
        }
    }

    private func method(
        of wish: Wish, in tx: borrowing Transaction
    ) throws -> AttemptStore.Method {
        switch wish.card {
        case nil:
            throw InvalidFields(
                field: "payment_method_id", code: "required",
                message: "The wallet does not suffice: choose a card for the rest.")
        case .handedOver(let reference):
            return AttemptStore.Method(customer: nil, reference: reference, brand: "", last4: "")
        case .saved(let id):
            guard let account = wish.accountID,
                let method = try PaymentMethodStore.method(id, of: account, in: tx)
            else {
                throw InvalidFields(
                    field: "payment_method_id", code: "unknown_value", message: "There is no such card.")
            }
            var tries = try CardTries([method], now: clock.now(), in: tx)
            try PaymentRules.check(tries.take(method))
            return method
        }
    }

    private func book(
        _ wish: Wish, view: PayableStore.View, method: AttemptStore.Method?, split: PayWith.Split,
        wallet: WalletID?, now: Instant, in tx: borrowing Transaction
    ) throws -> Started {
        let payment = PaymentID.new(at: now)
        let attempt = AttemptIdentity.id(of: payment, number: 1)
        let token = RawID.random()
        let amount = Money(minorUnits: split.cardMinor, currency: view.payable.currency)
        // A link for one payment is used up by the one that leaves nothing open.
        let usedUp =
            split.walletMinor + split.cardMinor == view.payable.openMinor ? wish.linkGeneration : nil
        if let wallet { try WalletStore.hold(split.walletMinor, of: wallet, in: tx) }
        try tx.send(
            """
            WITH y AS (
                INSERT INTO payments (payment_id, organization_id, customer_id, account_id, invoice_id, source, currency,
                                      amount, state, last_attempt_id, created_at)
                VALUES ($1, $3, $4, $5, $6, $7, $8, 0, 'open', $2, $9)),
            a AS (
                INSERT INTO attempts (attempt_id, payment_id, number, organization_id, invoice_id, state, amount, currency,
                                      gateway_customer, gateway_method, brand, last4, off_session, sends, lease_token,
                                      next_at, sent_at, correlation_id, created_at, wallet_id, wallet_amount)
                VALUES ($2, $1, 1, $3, $6, 'in_flight', $10, $8, $11, $12, $13, $14, false, 1, $15, $16, $9, $17, $9, $19, $20))
            UPDATE payables SET leased_by = $2, link_used_generation = coalesce($18, link_used_generation)
             WHERE invoice_id = $6
            """,
            [
                payment, attempt, view.organizationID, view.customerID, view.accountID, wish.invoiceID,
                wish.source,
                amount.currency.code, now, amount.minorUnits, method?.customer, method?.reference,
                method?.brand,
                method?.last4, token, now + settings.lease, RawID.v7(at: now), usedUp,
                wallet, split.walletMinor,
            ])
        let call = ChargeCall(
            attemptID: attempt, paymentID: payment, invoiceID: wish.invoiceID, number: 1, amount: amount,
            customer: method?.customer, method: method?.reference ?? "", isOffSession: false)
        return Started(call: call, token: token, walletMinor: split.walletMinor)
    }
}

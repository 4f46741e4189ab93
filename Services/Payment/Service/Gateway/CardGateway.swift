import PaymentDomain
import Primitives

/// One request to take money, fixed before it is sent: the same attempt always makes the same request under the same key.
struct ChargeCall: Sendable {
    let attemptID: AttemptID
    let paymentID: PaymentID
    /// nil for a standing order, which pays whatever is open.
    let invoiceID: InvoiceID?
    let number: Int
    let amount: Money
    /// The gateway's name of the payer; nil for a card that is used once.
    let customer: String?
    /// The gateway's name of the card.
    let method: String
    /// Whether the payer is absent.
    let isOffSession: Bool

    /// The same for every repetition of this attempt, another for the next attempt of the payment.
    var idempotencyKey: String { AttemptIdentity.idempotencyKey(of: paymentID, number: number) }
}

/// One request to give money back.
struct RefundCall: Sendable {
    let refundID: RefundID
    /// The gateway's name of the payment.
    let gatewayPayment: String
    let amount: Money
}

/// What is known after asking for a refund.
enum RefundOutcome: Hashable, Sendable {
    case refunded(reference: String)
    /// The gateway refuses, and will refuse again.
    case refused(code: String)
    /// Not executed, or nobody knows: it is looked for, and the same request repeated under the same key.
    case again(reason: String)
}

/// A card as the gateway keeps it.
struct GatewayCard: Codable, Hashable, Sendable {
    let reference: String
    let brand: String
    let last4: String
    let expiryYear: Int
    let expiryMonth: Int

    /// Whether it is the same card, as far as can be seen, under whatever name.
    func looksLike(_ other: GatewayCard) -> Bool {
        (brand, last4, expiryYear, expiryMonth)
            == (other.brand, other.last4, other.expiryYear, other.expiryMonth)
    }
}

/// What a browser needs to hand a card to the gateway without showing it to us.
struct CardSetup: Hashable, Sendable {
    let reference: String
    let clientSecret: String
}

/// What is known after asking for the bank's page.
enum GatewayConfirmation: Hashable, Sendable {
    /// Where the payer confirms.
    case page(String)
    /// There is nothing to confirm any more.
    case ended(GatewayOutcome)
}

/// Why the gateway did not do what was asked outside of charging.
enum GatewayFailure: Error, Hashable, Sendable {
    /// It could not be reached or did not answer usably; the same may work later.
    case unavailable(String)
    /// It refuses the card or the request.
    case refused(code: String)
}

/// Money that moved at the gateway, by the gateway's own list.
struct GatewayMovement: Hashable, Sendable {
    /// Which way it went.
    enum Kind: String, Hashable, Sendable {
        /// It was taken.
        case charge
        /// It was given back.
        case refund
    }

    let kind: Kind
    /// The gateway's name: of a charge that of its payment, under which it is booked here.
    let reference: String
    /// The gateway's name of the payment.
    let payment: String
    /// What its metadata says it is here: an attempt or a refund.
    let subject: String?
    let amountMinor: Int64
    /// In small letters.
    let currency: String
}

/// A page of the gateway's list.
struct GatewayPage: Hashable, Sendable {
    let movements: [GatewayMovement]
    /// The cursor of the next page; nil after the last one.
    let next: String?
}

/// The card gateway, as the payment service needs it.
protocol CardGateway: Sendable {
    /// Sends a charge; `completion` is called once, on any thread, and must return at once.
    func charge(_ call: ChargeCall, completion: @escaping @Sendable (GatewayOutcome) -> Void)
    /// Looks for a charge by our attempt id; a miss proves nothing for some minutes.
    func lookUp(_ attempt: AttemptID) async throws(GatewayFailure) -> GatewayOutcome?
    /// What became of a charge, by the gateway's own name of it; nil for a status that means nothing here.
    func retrieve(reference: String) async throws(GatewayFailure) -> GatewayOutcome?
    /// Our attempt behind the gateway's name of a payment, as its metadata says; nil for a payment that is not ours.
    func attempt(behind reference: String) async throws(GatewayFailure) -> AttemptID?
    /// Asks for the bank's page on which the payer confirms a charge that waits for it.
    func confirm(reference: String, method: String, returnTo page: String) async throws(GatewayFailure)
        -> GatewayConfirmation
    /// Ends a charge that waits for its payer; the outcome tells whether money was taken before.
    func cancel(reference: String) async throws(GatewayFailure) -> GatewayOutcome
    func refund(_ call: RefundCall) async -> RefundOutcome
    /// Looks for a refund by our id of it; nil when there is none.
    func lookUp(_ refund: RefundCall) async throws(GatewayFailure) -> RefundOutcome?
    func createCustomer(for account: AccountID) async throws(GatewayFailure) -> String
    func createSetup(customer: String) async throws(GatewayFailure) -> CardSetup
    /// The card that a finished setup saved for the customer.
    func card(ofSetup reference: String, customer: String) async throws(GatewayFailure) -> GatewayCard
    /// Saves a card for a customer.
    func attach(method: String, customer: String) async throws(GatewayFailure) -> GatewayCard
    func detach(method: String) async throws(GatewayFailure)
    /// What moved in a span of time by the gateway's clock, the newest first, a page at a time.
    func movements(
        _ kind: GatewayMovement.Kind, in span: Range<Instant>, after cursor: String?
    ) async throws(GatewayFailure) -> GatewayPage
    /// What moved under one of the gateway's names; nil when no money did.
    func movement(_ kind: GatewayMovement.Kind, reference: String) async throws(GatewayFailure)
        -> GatewayMovement?
}

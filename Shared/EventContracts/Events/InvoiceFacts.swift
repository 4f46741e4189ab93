public import Primitives

/// Where an invoice stands as a document.
public enum InvoiceStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Can still be edited.
    case draft
    /// Issued; its total is fixed.
    case finalized
    /// Nothing is open.
    case paid
    /// Cancelled.
    case voided
    /// Given up, though money may still come.
    case uncollectible
}

/// Where an invoice stands as a debt.
public enum InvoicePaymentStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// No money yet.
    case unpaid
    /// A payment is under way.
    case processing
    /// Some is open.
    case partiallyPaid = "partially_paid"
    /// Nothing is open.
    case paid
    /// More came than was due.
    case overpaid
    /// Some was given back.
    case partiallyRefunded = "partially_refunded"
    /// All was given back.
    case refunded
    /// The bank is asked to take it back.
    case disputed
}

/// A line without its words.
public struct InvoiceLineFacts: Codable, Hashable, Sendable {
    /// The line.
    public var lineID: LineItemID
    /// An exact decimal.
    public var quantity: String
    /// Minor units, rounded where the price is finer; below zero for what is given back.
    public var unitAmountMinor: Int64
    /// The price of one as an exact decimal of minor units, where it is finer than one of them.
    public var unitAmountDecimal: String?
    /// Quantity times price.
    ///
    /// Minor units.
    public var totalMinor: Int64
    /// What was taken off it, by its own discount and its share of the invoice's.
    ///
    /// Minor units; absent when nothing was.
    public var discountMinor: Int64?
    /// Tax on it, or in it.
    ///
    /// Minor units; absent when there is none.
    public var taxMinor: Int64?

    /// Says it.
    public init(
        lineID: LineItemID, quantity: String, unitAmountMinor: Int64, unitAmountDecimal: String? = nil,
        totalMinor: Int64, discountMinor: Int64? = nil, taxMinor: Int64? = nil
    ) {
        self.lineID = lineID
        self.quantity = quantity
        self.unitAmountMinor = unitAmountMinor
        self.unitAmountDecimal = unitAmountDecimal
        self.totalMinor = totalMinor
        self.discountMinor = discountMinor
        self.taxMinor = taxMinor
    }
}

/// What one rate of tax comes to on an invoice; the rate is as it was when the invoice was issued.
public struct TaxFacts: Codable, Hashable, Sendable {
    /// The rate.
    public var taxRateID: TaxRateID
    /// An exact decimal: `8.875`.
    public var percentage: String
    /// Whether prices contain it.
    public var isInclusive: Bool
    /// What it is taken from.
    ///
    /// Minor units.
    public var netMinor: Int64
    /// Minor units.
    public var taxMinor: Int64

    /// Says it.
    public init(
        taxRateID: TaxRateID, percentage: String, isInclusive: Bool, netMinor: Int64, taxMinor: Int64
    ) {
        self.taxRateID = taxRateID
        self.percentage = percentage
        self.isInclusive = isInclusive
        self.netMinor = netMinor
        self.taxMinor = taxMinor
    }
}

/// What the payment service checks a link's token against.
public struct PayLinkFacts: Codable, Hashable, Sendable {
    /// Tokens of another generation are refused.
    public var generation: Int64
    /// Afterwards the link offers a fresh mail.
    public var expiresAt: Instant
    /// Whether a success uses it up.
    public var isOneTime: Bool

    /// Says it.
    public init(generation: Int64, expiresAt: Instant, isOneTime: Bool) {
        self.generation = generation
        self.expiresAt = expiresAt
        self.isOneTime = isOneTime
    }
}

/// One dated part of an invoice that is paid in several.
public struct InvoicePartFacts: Codable, Hashable, Sendable {
    /// Its place, from 1.
    public var no: Int
    /// The last day to pay it.
    public var dueDate: CivilDate
    /// Minor units.
    public var amountMinor: Int64

    /// Says it.
    public init(no: Int, dueDate: CivilDate, amountMinor: Int64) {
        self.no = no
        self.dueDate = dueDate
        self.amountMinor = amountMinor
    }
}

/// An invoice as of the event, without names and words.
public struct InvoiceSnapshot: Codable, Hashable, Sendable {
    /// The invoice.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who is billed.
    public var customerID: CustomerID
    /// The client's account, once linked.
    public var accountID: AccountID?
    /// The gapless number; absent on drafts.
    public var number: String?
    /// As a document.
    public var status: InvoiceStatus
    /// As a debt.
    public var paymentStatus: InvoicePaymentStatus
    /// Of every amount here.
    public var currency: Currency
    /// Where its days begin.
    public var zone: Zone
    /// Fixed when it was issued.
    ///
    /// Minor units.
    public var totalMinor: Int64
    /// What the lines add up to before discounts and added taxes; absent where that is the total.
    ///
    /// Minor units.
    public var subtotalMinor: Int64?
    /// Taken off by discounts and coupons; absent when nothing was.
    ///
    /// Minor units.
    public var discountTotalMinor: Int64?
    /// All tax, added and contained; absent when there is none.
    ///
    /// Minor units.
    public var taxTotalMinor: Int64?
    /// `exempt` or `reverse_charge`; absent for whoever pays tax.
    public var taxStatus: String?
    /// Tax by rate, in the order of the lines; absent when no line has a rate.
    public var taxes: [TaxFacts]?
    /// The coupon that was redeemed for it.
    public var couponID: CouponID?
    /// Received by every path, gross.
    ///
    /// Minor units.
    public var amountPaidMinor: Int64
    /// Given back.
    ///
    /// Minor units.
    public var amountRefundedMinor: Int64
    /// Taken off by credit notes.
    ///
    /// Minor units.
    public var amountCreditedMinor: Int64
    /// What of the money that came becomes the client's credit by the word of credit notes, before anything is refunded.
    ///
    /// Minor units; absent when nothing does.
    public var amountToCreditMinor: Int64?
    /// Open.
    ///
    /// Minor units.
    public var amountDueMinor: Int64
    /// The day it was issued.
    public var issueDate: CivilDate?
    /// The last day to pay.
    public var dueDate: CivilDate
    /// When it was made.
    public var createdAt: Instant
    /// When it was issued.
    public var finalizedAt: Instant?
    /// When nothing was open any more.
    public var paidAt: Instant?
    /// When it was cancelled.
    public var voidedAt: Instant?
    /// The series that made it.
    public var recurringInvoiceID: RecurringInvoiceID?
    /// The subscription that made it.
    public var subscriptionID: SubscriptionID?
    /// The wallet that it tops up.
    public var walletID: WalletID?
    /// The link; absent on drafts.
    public var payLink: PayLinkFacts?
    /// The parts in which it is paid, in their order; absent when it is paid as a whole.
    public var parts: [InvoicePartFacts]?
    /// Whether a payer may pay less than is asked for; absent when not.
    public var allowsPartialPayments: Bool?
    /// The lines in their order.
    public var lines: [InvoiceLineFacts]

    /// Says it.
    public init(
        invoiceID: InvoiceID, organizationID: OrganizationID, customerID: CustomerID,
        accountID: AccountID? = nil, number: String? = nil, status: InvoiceStatus,
        paymentStatus: InvoicePaymentStatus, currency: Currency, zone: Zone, totalMinor: Int64,
        amountPaidMinor: Int64, amountRefundedMinor: Int64, amountCreditedMinor: Int64, amountDueMinor: Int64,
        issueDate: CivilDate? = nil, dueDate: CivilDate, createdAt: Instant, finalizedAt: Instant? = nil,
        paidAt: Instant? = nil, voidedAt: Instant? = nil, recurringInvoiceID: RecurringInvoiceID? = nil,
        subscriptionID: SubscriptionID? = nil, walletID: WalletID? = nil, payLink: PayLinkFacts? = nil,
        subtotalMinor: Int64? = nil, discountTotalMinor: Int64? = nil, taxTotalMinor: Int64? = nil,
        taxStatus: String? = nil, taxes: [TaxFacts]? = nil, couponID: CouponID? = nil,
        amountToCreditMinor: Int64? = nil, parts: [InvoicePartFacts]? = nil,
        allowsPartialPayments: Bool? = nil, lines: [InvoiceLineFacts]
    ) {
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.customerID = customerID
        self.accountID = accountID
        self.number = number
        self.status = status
        self.paymentStatus = paymentStatus
        self.currency = currency
        self.zone = zone
        self.totalMinor = totalMinor
        self.amountPaidMinor = amountPaidMinor
        self.amountRefundedMinor = amountRefundedMinor
        self.amountCreditedMinor = amountCreditedMinor
        self.amountToCreditMinor = amountToCreditMinor
        self.amountDueMinor = amountDueMinor
        self.issueDate = issueDate
        self.dueDate = dueDate
        self.createdAt = createdAt
        self.finalizedAt = finalizedAt
        self.paidAt = paidAt
        self.voidedAt = voidedAt
        self.recurringInvoiceID = recurringInvoiceID
        self.subscriptionID = subscriptionID
        self.walletID = walletID
        self.payLink = payLink
        self.subtotalMinor = subtotalMinor
        self.discountTotalMinor = discountTotalMinor
        self.taxTotalMinor = taxTotalMinor
        self.taxStatus = taxStatus
        self.taxes = taxes
        self.couponID = couponID
        self.parts = parts
        self.allowsPartialPayments = allowsPartialPayments
        self.lines = lines
    }
}

import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// What a client is told when a rule of this service says no.
enum InvoiceProblems {
    static let rule: ProblemMapping.Rule = { error in
        switch error {
        case let violation as InvoiceRuleViolation: problem(violation)
        case let violation as SubscriptionRuleViolation: SubscriptionProblems.problem(violation)
        case let violation as SeriesViolation: SeriesProblems.problem(violation)
        case let error as PostgresError where error.constraint == "recurring_external_ids":
            .conflict("external_id_taken", "Another series has this external_id")
        case let error as PostgresError where error.constraint == "customers_external_ids":
            .conflict("external_id_taken", "Another customer has this external_id")
        case let refusal as CouponRefusal: .conflict(refusal.rawValue, refusal.sentence)
        case let error as PostgresError where error.constraint == "coupons_codes":
            .conflict("coupon_code_taken", "Another coupon has this code")
        case let error as PostgresError where error.constraint == "coupon_is_used":
            .conflict("coupon_used", "Invoices have this coupon", "Set active to false instead.")
        case let error as PostgresError where error.constraint == "plan_has_prices":
            .conflict("plan_has_prices", "This plan has prices", "Set active to false instead.")
        case let error as PostgresError where error.constraint == "invoices_numbers": NumberSeriesRoutes.taken
        case let error as PostgresError where error.constraint == "credit_notes_numbers":
            NumberSeriesRoutes.taken
        case let error as PostgresError where error.code == .invalidData:
            Problem(
                status: 422, code: "unacceptable_text", title: "A text cannot be stored",
                detail: "Texts must not contain the character U+0000.")
        default: nil
        }
    }

    private static func problem(_ violation: InvoiceRuleViolation) -> Problem {
        switch violation {
        case .notDraft:
            .conflict(
                "invoice_not_draft", "Only a draft can be changed, deleted or finalized",
                "An issued invoice is corrected by voiding it or by a credit note.")
        case .noLines:
            Problem(status: 422, code: "no_line_items", title: "An invoice needs at least one line item")
        case .isDraft:
            .conflict("invoice_is_draft", "The invoice is still a draft", "Finalize it first.")
        case .isVoided:
            .conflict("invoice_voided", "The invoice is voided")
        case .nothingOpen:
            .conflict("nothing_open", "Nothing is open on this invoice")
        case .nothingReceived:
            .conflict("nothing_received", "Nothing was received for this invoice yet")
        case .moneyReceived:
            .conflict(
                "money_received", "Money was received for this invoice",
                "Correct it by a refund or a credit note.")
        case .isUncollectible:
            .conflict("invoice_uncollectible", "The invoice is marked as uncollectible already")
        case .isOverdue:
            .conflict("invoice_overdue", "The invoice is overdue already")
        case .paymentUnderWay:
            .conflict("payment_under_way", "A payment of this invoice is under way")
        case .refundExceedsReceived:
            .conflict("refund_exceeds_received", "More cannot be given back than was received")
        case .creditExceedsInvoice:
            .conflict(
                "credit_exceeds_invoice", "Credit notes take back at most what was asked for",
                "Earlier notes count, for the invoice and for each of its lines.")
        case .unknownLine:
            .invalid([
                FieldError(
                    field: "line_items", code: "unknown_value",
                    message: "A credit note names lines of its invoice, each of them once.")
            ])
        case .creditSettled:
            .conflict(
                "credit_note_settled", "The credit note is settled",
                "Only a note that lowered what is due can be cancelled, and only while something is due.")
        case .amountNotPositive:
            Problem(status: 422, code: "amount_not_positive", title: "The amount must be above zero")
        case .amountTooLarge:
            Problem(status: 422, code: "amount_too_large", title: "The amounts are too large")
        case .tooFine:
            Problem(status: 422, code: "amount_too_fine", title: "An amount has too many digits")
        case .discountTooLarge:
            Problem(
                status: 422, code: "discount_too_large",
                title: "A discount takes no more than the line asks for")
        case .totalNegative:
            .invalid([
                FieldError(
                    field: "line_items", code: "out_of_range",
                    message: "An invoice does not come to less than nothing; a credit note gives money back.")
            ])
        case .tooManyTaxRates:
            Problem(
                status: 422, code: "too_many_tax_rates",
                title: "A line names each rate once and at most \(TaxRate.maximumPerLine)")
        case .unknownTaxRate:
            Problem(status: 422, code: "unknown_tax_rate", title: "A line names a tax rate that is not there")
        }
    }
}

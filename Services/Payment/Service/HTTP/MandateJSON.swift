import PaymentDomain
import Primitives

/// A mandate as routes show it.
enum MandateJSON {
    static func write(_ result: SetMandate.Result, into writer: inout JSONWriter) {
        let (stored, mandate) = (result.stored, result.stored.mandate)
        func cap(_ minorUnits: Int64?) -> Money? {
            guard let minorUnits, let currency = mandate.currency else { return nil }
            return Money(minorUnits: minorUnits, currency: currency)
        }
        writer.beginObject()
        writer.member("id", mandate.id)
        writer.member("organization_id", stored.organizationID)
        writer.member("covers", stored.scope.name)
        writer.member("recurring_invoice_id", stored.scope.recurringInvoiceID)
        writer.member("invoice_id", stored.scope.invoiceID)
        writer.member("enabled", mandate.status == .active)
        writer.member("status", mandate.status.rawValue)
        writer.member("pay_with", mandate.payWith.rawValue)
        writer.member("payment_method_id", stored.paymentMethodID)
        writer.member("fallback", stored.allowsFallback)
        if stored.chargesOnDueDate {
            writer.member("charge", "due_date")
        } else {
            writer.key("charge")
            writer.beginObject()
            writer.member("days_after_issue", mandate.chargeAfterDays)
            writer.endObject()
        }
        writer.member("charge_after_days", mandate.chargeAfterDays)
        writer.member("currency", mandate.currency?.code.lowercased())
        writer.member("cap_per_charge", decimal: cap(mandate.capPerChargeMinor))
        writer.member("cap_per_month", decimal: cap(mandate.capPerMonthMinor))
        writer.member("under_way", strings: result.underWay.map(\.description))
        writer.endObject()
    }

    static func bytes(_ result: SetMandate.Result) -> [UInt8] {
        var writer = JSONWriter()
        write(result, into: &writer)
        return writer.bytes
    }
}

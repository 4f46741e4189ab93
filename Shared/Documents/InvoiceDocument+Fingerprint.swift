import Crypto
import PDF
import Primitives

extension InvoiceDocument {
    /// Rises whenever the same document is to look different.
    public static let templateVersion = 1

    /// A digest of everything that stands on the document and of the template: equal only for equal files.
    public var fingerprint: [UInt8] {
        var writer = JSONWriter(capacity: 256 + lines.count * 96)
        writer.beginArray()
        writer.int(Int64(Self.templateVersion))
        for text in [
            kind.rawValue, mark?.rawValue, language, number, aboutNumber, issueDate?.description,
            dueDate?.description, purchaseOrder, title, details, currency.code, payLink, notes,
            madeAt.rfc3339,
        ] {
            writer.text(text)
        }
        write(sender, &writer)
        write(customer, &writer)
        writeBranding(&writer)
        for line in lines { write(line, &writer) }
        writeTotals(&writer)
        for payment in payments {
            writer.beginArray()
            writer.string(payment.date.description)
            writer.string(payment.method)
            writer.int(payment.amount)
            writer.endArray()
        }
        writer.endArray()
        return SHA256.hash(writer.bytes)
    }

    private func write(_ party: Party, _ writer: inout JSONWriter) {
        for text in [party.name, party.address, party.email, party.taxID] { writer.text(text) }
    }

    private func writeBranding(_ writer: inout JSONWriter) {
        writer.text(branding.accent.map { "\($0.red) \($0.green) \($0.blue)" })
        writer.text(branding.logo.map { Hex.encode(SHA256.hash($0.bytes)) })
        writer.text(branding.footer)
        for text in [
            look.font?.rawValue, look.logoPlacement?.rawValue, look.pageSize?.rawValue, look.intro,
            look.closing,
            look.columns?.map(\.rawValue).joined(separator: " "),
        ] {
            writer.text(text)
        }
        for wordings in [look.titles, look.labels] {
            writer.beginArray()
            for wording in wordings ?? [] {
                writer.string(wording.name)
                writer.string(wording.text)
            }
            writer.endArray()
        }
    }

    private func write(_ line: Line, _ writer: inout JSONWriter) {
        writer.beginArray()
        writer.string(line.text)
        writer.text(line.quantity?.text)
        for amount in [line.unitAmount, line.discount, line.total] { writer.text(amount.map(String.init)) }
        writer.text(line.finePrice?.text)
        writer.text(line.taxRates.map { $0.map(\.text).joined(separator: " ") })
        writer.endArray()
    }

    private func writeTotals(_ writer: inout JSONWriter) {
        writer.beginArray()
        for amount in [
            totals.subtotal, totals.discount, totals.total, totals.credited, totals.received, totals.refunded,
            totals.open,
        ] {
            writer.text(amount.map(String.init))
        }
        for tax in totals.taxes {
            writer.beginArray()
            writer.text(tax.name)
            writer.string(tax.rate.text)
            writer.int(tax.net)
            writer.int(tax.tax)
            writer.string(tax.isIncluded ? "included" : "added")
            writer.endArray()
        }
        writer.endArray()
    }
}

extension JSONWriter {
    /// A text, or `0` for none: no text is written as a number.
    fileprivate mutating func text(_ value: String?) {
        if let value { string(value) } else { int(0) }
    }
}

import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// What every invoice of a series says: kept as it was asked for, and read anew for each of them.
struct RecurringContent: Sendable {
    let input: InvoiceInput
    let document: JSONB
    let customerID: CustomerID

    /// What is of one invoice only, or comes from the series.
    private static let foreign = ["due_date", "external_id", "subscription_id", "wallet_id", "recurring"]

    /// Reads an object of a body; problems are collected in its reader.
    init?(_ fields: FieldReader, _ node: JSONNode) {
        for name in Self.foreign where fields.contains(name) {
            fields.refuse(name, "conflicting", "The invoices of a series do not share this.")
        }
        let input = InvoiceInput(fields, body: node)
        _ = fields.require("line_items", input.lines)
        if input.lines?.isEmpty == true {
            fields.refuse("line_items", "too_short", "An invoice needs at least one line item.")
        }
        guard let customerID = fields.require("customer_id", input.customerID) else { return nil }
        self.input = input
        self.customerID = customerID
        document = JSONB(Array(node.rawBytes))
    }

    /// Reads what is stored.
    ///
    /// - Throws: `InvalidFields` when the rules have become stricter since.
    init(stored document: JSONB) throws {
        let node = try JSONDocument(parsing: document.bytes).root
        let fields = FieldReader(node)
        guard let content = RecurringContent(fields, node), fields.errors.isEmpty else {
            throw fields.invalid
        }
        self = content
    }

    /// The first invoice as it would be; nothing is written.
    ///
    /// - Throws: `InvalidFields` that name fields below `path`.
    func preview(
        of organizationID: OrganizationID, due date: CivilDate, sends: Bool, now: Instant, cause: EventCause,
        path: String, in tx: borrowing Transaction
    ) throws -> InvoiceChange {
        var input = input
        input.dueDate = .day(date)
        do {
            let invoice = try CreateInvoice(
                organizationID: organizationID, input: input, now: now, cause: cause
            ).preview(in: tx)
            if sends { try Self.checkAddress(of: invoice.invoice, in: tx) }
            return invoice
        } catch let invalid as InvalidFields {
            throw InvalidFields(
                invalid.errors.map {
                    FieldError(field: "\(path)\($0.field)", code: $0.code, message: $0.message)
                })
        }
    }

    private static func checkAddress(of invoice: Invoice, in tx: borrowing Transaction) throws {
        let customer = try CustomerStore.find(invoice.customerID, of: invoice.organizationID, in: tx)
        guard customer?.email == nil else { return }
        throw InvalidFields(
            field: "customer_id", code: "customer_without_email",
            message: "Invoices cannot be sent: the customer has no e-mail address.")
    }
}

extension RecurringContent {
    /// The content of an invoice as a sender would ask for it.
    init(of invoice: Invoice, lines: [InvoiceLine]) throws {
        let particulars = invoice.particulars
        var writer = JSONWriter(capacity: 512 + 160 * lines.count)
        writer.beginObject()
        writer.member("customer_id", invoice.customerID)
        writer.member("currency", invoice.currency)
        writer.member("title", invoice.title)
        writer.member("description", invoice.description)
        writer.member("po_number", particulars.poNumber)
        writer.member("terms", particulars.terms)
        writer.member("footer", particulars.footer)
        writer.member("template_id", particulars.templateID)
        // What only says what the customer is changes with the customer.
        if let status = particulars.taxStatus, status != invoice.customerTaxStatus {
            writer.member("tax_status", status.rawValue)
        }
        if let coupon = particulars.coupon {
            writer.member("coupon", coupon.id)
        } else {
            InvoiceParticularsJSON.write(particulars.discount, in: invoice, into: &writer)
        }
        Self.write(particulars.metadata?.bytes, into: &writer)
        writer.key("line_items")
        writer.beginArray()
        for line in lines { Self.write(line, of: invoice, into: &writer) }
        writer.endArray()
        writer.endObject()
        try self.init(stored: JSONB(writer.bytes))
    }

    private static func write(_ line: InvoiceLine, of invoice: Invoice, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("description", line.description)
        writer.key(line.hasFinePrice ? "unit_amount" : "amount")
        writer.number(text: line.unitPrice.inUnits(of: invoice.currency).text)
        writer.key("quantity")
        writer.number(text: line.quantity.text)
        InvoiceParticularsJSON.write(line.discount, in: invoice, into: &writer)
        if !line.taxRates.isEmpty {
            writer.member("tax_rates", strings: line.taxRates.map(\.description))
        }
        write(line.metadata, into: &writer)
        writer.endObject()
    }

    private static func write(_ metadata: [UInt8]?, into writer: inout JSONWriter) {
        guard let metadata else { return }
        writer.key("metadata")
        writer.raw(metadata)
    }
}

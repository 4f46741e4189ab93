import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Works out what a draft asks for, with the rates that its lines name.
///
/// Without rates this needs no statement.
struct PriceInvoice: Sendable {
    /// What the prices are for.
    enum Occasion: Sendable {
        /// Lines that are to be stored: their rates must still be accepted, and are fixed from now on.
        case newLines
        /// Lines that nobody will store.
        case preview
        /// Lines that are stored already.
        case storedLines
    }

    let organizationID: OrganizationID
    let occasion: Occasion

    func run(
        _ invoice: inout Invoice, _ lines: inout [InvoiceLine], in tx: borrowing Transaction
    ) throws {
        let totals = try InvoiceCalculation(
            lines: lines, discount: invoice.particulars.discount, rates: try rates(of: lines, in: tx),
            taxStatus: invoice.taxStatus
        ).totals()
        for (index, amounts) in totals.lines.enumerated() { lines[index].amounts = amounts }
        invoice.particulars.take(totals)
        invoice.changing.standing = InvoiceStanding(
            state: invoice.state, amounts: InvoiceAmounts(total: totals.total))
    }

    private func rates(of lines: [InvoiceLine], in tx: borrowing Transaction) throws -> [TaxRateID: TaxRate] {
        let ids = Set(lines.flatMap(\.taxRates))
        guard !ids.isEmpty else { return [:] }
        var known: [TaxRateID: StoredTaxRate] = [:]
        for rate in try TaxRateStore.find(Array(ids), of: organizationID, in: tx) { known[rate.id] = rate }
        switch occasion {
        case .newLines:
            try Self.check(lines, known)
            let unused = known.values.filter { !$0.isUsed }.map(\.id)
            if !unused.isEmpty {
                // Read again as they are fixed, so that no change slips in between.
                for rate in try TaxRateStore.markUsed(unused, in: tx) { known[rate.id] = rate }
            }
        case .preview: try Self.check(lines, known)
        case .storedLines: break
        }
        return known.mapValues(\.rate)
    }

    private static func check(
        _ lines: [InvoiceLine], _ known: [TaxRateID: StoredTaxRate]
    ) throws(InvalidFields) {
        var errors: [FieldError] = []
        for (index, line) in lines.enumerated() {
            for (position, id) in line.taxRates.enumerated() where known[id]?.isActive != true {
                let isArchived = known[id] != nil
                errors.append(
                    FieldError(
                        field: "line_items[\(index)].tax_rates[\(position)]",
                        code: isArchived ? "archived" : "unknown_value",
                        message: isArchived
                            ? "This tax rate is archived." : "There is no such tax rate."))
            }
        }
        guard errors.isEmpty else { throw InvalidFields(errors) }
    }
}

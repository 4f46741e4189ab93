import PDF
import Primitives

extension InvoicePages {
    /// What is charged for.
    mutating func lines() {
        guard !invoice.lines.isEmpty else { return }
        let columns = columns
        let rows = invoice.lines.map { line in
            [line.text] + columns.map { cell($0, of: line) } + [money(line.total)]
        }
        let titles = [words.description] + columns.map { words.title($0) } + [words.amount]
        let table = table(titles, rows, x: theme.margin, width: theme.width)
        table.begin(in: &flow)
        for row in rows {
            guard !flow.isOverfull else { break }
            table.row(row, in: &flow)
        }
        flow.y += 14
    }

    /// Those that are wanted and say anything.
    private var columns: [InvoiceDocument.Column] {
        InvoiceDocument.Column.allCases.filter { column in
            guard invoice.look.columns?.contains(column) ?? true else { return false }
            switch column {
            case .quantity: return invoice.lines.contains { $0.quantity != nil }
            case .unitPrice: return invoice.lines.contains { $0.unitAmount != nil || $0.finePrice != nil }
            case .discount: return invoice.lines.contains { ($0.discount ?? 0) != 0 }
            case .tax: return invoice.lines.contains { $0.taxRates != nil }
            }
        }
    }

    private func cell(_ column: InvoiceDocument.Column, of line: InvoiceDocument.Line) -> String {
        switch column {
        case .quantity: line.quantity.map { formats.number($0.text) } ?? ""
        case .unitPrice: line.finePrice.map { formats.number($0.text) } ?? line.unitAmount.map(money) ?? ""
        case .discount: line.discount.map { $0 == 0 ? "" : money(-$0) } ?? ""
        case .tax: (line.taxRates ?? []).map(formats.percent).joined(separator: " + ")
        }
    }

    /// A table whose first column takes what the numbers leave.
    private func table(_ titles: [String], _ rows: [[String]], x: Double, width: Double) -> DocumentTable {
        let columns = titles.enumerated().map { index, title in
            let cells = rows.lazy.map { $0[index] }
            return DocumentTable.Column(
                title: title, isNumber: index > 0,
                width: index == 0
                    ? nil
                    : DocumentTable.width(
                        of: cells, title: title, most: width / 4, document: document, theme: theme))
        }
        return DocumentTable(columns, x: x, width: width, document: document, theme: theme)
    }

    /// What the lines add up to, at the far side.
    mutating func totals() {
        let totals = invoice.totals
        var rows: [(label: String, amount: Int64, isStrong: Bool)] = []
        if let subtotal = totals.subtotal { rows.append((words.subtotal, subtotal, false)) }
        if let discount = totals.discount, discount != 0 { rows.append((words.discount, -discount, false)) }
        for tax in totals.taxes {
            let name = "\(tax.name ?? words.tax) \(formats.percent(tax.rate))"
            rows.append((tax.isIncluded ? "\(name) (\(words.included))" : name, tax.tax, false))
        }
        rows.append((words.total, totals.total, true))
        if totals.credited != 0 { rows.append((words.credited, -totals.credited, false)) }
        let isReceipt = invoice.kind == .receipt
        if totals.received != 0, !isReceipt { rows.append((words.received, -totals.received, false)) }
        let showsOpen = invoice.kind != .creditNote && invoice.mark != .void
        flow.need(Double(rows.count) * 19 + 44)
        for row in rows { total(row.label, row.amount, row.isStrong ? theme.strong : theme.body) }
        if showsOpen {
            bar(isReceipt ? words.amountPaid : words.amountDue, isReceipt ? totals.received : totals.open)
        }
        if totals.refunded != 0 {
            flow.y += 7
            total(words.refunded, totals.refunded, theme.body)
        }
        flow.y += 22
    }

    private static let totalsWidth = 250.0

    private mutating func total(_ label: String, _ amount: Int64, _ style: PDFTextStyle) {
        let width = Self.totalsWidth
        let x = theme.margin + theme.width - width
        let name = text(label, style.lines(2), width: width * 0.5 - 8)
        let value = fitted(
            money(amount), style.aligned(.trailing), width: width * 0.5 - 6, sizes: [style.size, 8, 7])
        flow.put([
            .element(
                .paragraph,
                [
                    .text(name, at: PDFPoint(x: x + 8, y: flow.y)),
                    .text(value, at: PDFPoint(x: x + width * 0.5, y: flow.y)),
                ])
        ])
        flow.y += max(name.height, value.height) + 6
        flow.put([.fill(PDFBox(x: x, y: flow.y - 3, width: width, height: 0.5), theme.hair)])
        flow.y += 1
    }

    private mutating func bar(_ label: String, _ amount: Int64) {
        let width = Self.totalsWidth
        let x = theme.margin + theme.width - width
        let style = PDFTextStyle(size: 12, isBold: true, color: theme.accentInk.readableInk)
        let name = text(label, style.lines(1), width: width * 0.5 - 10)
        let value = fitted(
            money(amount), style.aligned(.trailing), width: width * 0.5 - 8, sizes: [12, 10, 8.5, 7])
        flow.y += 3
        flow.put([
            .fill(PDFBox(x: x, y: flow.y, width: width, height: 28), theme.accentInk, radius: 4),
            .element(
                .paragraph,
                [
                    .text(name, at: PDFPoint(x: x + 10, y: flow.y + (28 - name.height) / 2)),
                    .text(value, at: PDFPoint(x: x + width * 0.5 - 2, y: flow.y + (28 - value.height) / 2)),
                ]),
        ])
        flow.y += 28
    }

    /// Net and tax by rate, as tax offices want to see them.
    mutating func taxSummary() {
        let taxes = invoice.totals.taxes
        guard !taxes.isEmpty else { return }
        section(words.taxSummary)
        let rows = taxes.map { tax in
            [tax.name ?? words.tax, formats.percent(tax.rate), money(tax.net), money(tax.tax)]
        }
        let table = table(
            [words.tax, words.rate, words.net, words.amount], rows, x: theme.margin, width: theme.width)
        table.begin(in: &flow)
        for row in rows { table.row(row, in: &flow) }
        flow.y += 20
    }

    /// What was received.
    mutating func payments() {
        guard !invoice.payments.isEmpty else { return }
        section(words.payments)
        let rows = invoice.payments.map { payment in
            [formats.date(payment.date), words.paymentMethod(payment.method), money(payment.amount)]
        }
        let table = table(
            [words.date, words.method, words.amount], rows, x: theme.margin, width: theme.width)
        table.begin(in: &flow)
        for row in rows { table.row(row, in: &flow) }
        flow.y += 20
    }

    /// Terms, thanks, bank account.
    mutating func notes() {
        guard let notes = invoice.notes, !notes.isEmpty else { return }
        section(words.notes)
        flow.paragraph(notes, theme.body, x: theme.margin, width: theme.width * 0.8)
    }

    /// What the sender ends every paper with.
    mutating func closing() {
        guard let closing = invoice.look.closing, !closing.isEmpty else { return }
        flow.need(40)
        flow.y += 10
        flow.paragraph(closing, theme.body, x: theme.margin, width: theme.width * 0.8)
    }

    /// A heading that never stands alone at the end of a page.
    private mutating func section(_ title: String) {
        flow.need(80)
        flow.paragraph(title, theme.subheading, x: theme.margin, width: theme.width, tag: .subheading)
        flow.y += 5
    }
}

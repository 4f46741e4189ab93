import PDF
import Primitives

extension InvoicePages {
    private static let codeSize = 72.0

    /// The one thing that a reader looks for: how much, until when, and where to pay it.
    mutating func panel() {
        let (left, width) = (theme.margin, theme.width)
        let isPayable = invoice.kind == .invoice && invoice.mark == nil && invoice.totals.open > 0
        let link = isPayable ? invoice.payLink : nil
        let code = link.flatMap { QRCode($0) }
        let height = code == nil ? 84.0 : 96.0
        let top = flow.y
        flow.put([
            .fill(PDFBox(x: left, y: top, width: width, height: height), theme.panel, radius: 6),
            .fill(PDFBox(x: left, y: top + 10, width: 3, height: height - 20), theme.accentInk, radius: 1.5),
        ])
        let side = code == nil ? 0 : Self.codeSize + 28
        let words = headline
        let label = text(words.label, theme.label, width: 280)
        let amount = fitted(
            money(words.amount), theme.amount, width: width - 40 - side - (link == nil ? 0 : 130),
            sizes: [29, 23, 18, 14, 11])
        let note = text(words.note, theme.quiet.lines(2), width: width - 40 - side - (link == nil ? 0 : 130))
        var y = top + (height - label.height - amount.height - note.height - 3) / 2
        for part in [label, amount, note] {
            flow.put([.element(.paragraph, [.text(part, at: PDFPoint(x: left + 20, y: y))])])
            y += part.height + (part === label ? 1 : 2)
        }
        if let link { payment(link, code, top: top, height: height) }
        flow.y = top + height + 24
    }

    private var headline: (label: String, amount: Int64, note: String) {
        let totals = invoice.totals
        let due = invoice.dueDate.map { "\(words.dueOn) \(formats.date($0))" } ?? ""
        switch invoice.kind {
        case .creditNote: return (words.amountCredited, totals.total, "")
        case .receipt:
            let last = invoice.payments.last.map { "\(words.paidOn) \(formats.date($0.date)). " } ?? ""
            return (words.amountPaid, totals.received, last + words.overThanks)
        case .invoice:
            if invoice.mark == .void { return (words.total, totals.total, words.void) }
            if totals.open == 0 {
                let last = invoice.payments.last.map { " · \(words.paidOn) \(formats.date($0.date))" } ?? ""
                return (words.amountDue, 0, words.paidInFull + last)
            }
            return (words.amountDue, totals.open, due)
        }
    }

    /// A button, a hint and a code; all lead to the same place.
    private mutating func payment(_ link: String, _ code: QRCode?, top: Double, height: Double) {
        let end = theme.margin + theme.width - 12
        let codeLeft = end - Self.codeSize
        let buttonWidth = 112.0
        let buttonLeft = (code == nil ? end : codeLeft - 14) - buttonWidth
        let title = fitted(
            words.payOnline,
            PDFTextStyle(size: 11, isBold: true, color: theme.accentInk.readableInk, alignment: .center),
            width: buttonWidth - 8, sizes: [11, 9.5, 8])
        let hint = text(
            words.scanToPay, PDFTextStyle(size: 8, color: theme.muted, alignment: .center, maximumLines: 3),
            width: buttonWidth)
        let buttonHeight = 26.0
        let y = top + (height - buttonHeight - 5 - hint.height) / 2
        flow.put([
            .link(
                link,
                [
                    .fill(
                        PDFBox(x: buttonLeft, y: y, width: buttonWidth, height: buttonHeight),
                        theme.accentInk,
                        radius: 4),
                    .text(
                        title, at: PDFPoint(x: buttonLeft + 4, y: y + (buttonHeight - title.height) / 2)),
                ]),
            .text(hint, at: PDFPoint(x: buttonLeft, y: y + buttonHeight + 5)),
        ])
        guard let code else { return }
        let box = PDFBox(
            x: codeLeft, y: top + (height - Self.codeSize) / 2, width: Self.codeSize, height: Self.codeSize)
        // Four modules of white around it, as readers need.
        let quiet = Self.codeSize * 4 / Double(code.size + 8)
        flow.put([
            .fill(box, .white, radius: 4),
            .link(
                link,
                [
                    .code(
                        code,
                        PDFBox(
                            x: box.x + quiet, y: box.y + quiet, width: box.width - 2 * quiet,
                            height: box.height - 2 * quiet), PDFColor(gray: 0.05))
                ]),
        ])
    }
}

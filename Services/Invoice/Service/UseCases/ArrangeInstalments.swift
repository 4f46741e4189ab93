import HTTPServer
import InvoiceDomain
import Primitives

/// Divides what a draft asks for into the parts that its sender named; it is due with the last of them.
enum ArrangeInstalments {
    /// - Throws: `InvalidFields` at `instalments` when the parts do not fit what the invoice comes to.
    static func run(_ invoice: inout Invoice, on today: CivilDate) throws(InvalidFields) {
        guard let terms = invoice.particulars.instalmentTerms else {
            invoice.particulars.instalments = []
            return
        }
        do throws(InstalmentViolation) {
            invoice.particulars.instalments = try terms.parts(
                of: invoice.changing.standing.amounts.total, issuedOn: today)
        } catch {
            throw InvalidFields([fieldError(error, in: invoice)])
        }
        invoice.dueDate = invoice.particulars.instalments.last?.dueDate ?? invoice.dueDate
    }

    private static func fieldError(_ violation: InstalmentViolation, in invoice: Invoice) -> FieldError {
        func error(_ code: String, _ message: String, at part: Int? = nil) -> FieldError {
            FieldError(
                field: part.map { "instalments[\($0 - 1)]" } ?? "instalments", code: code, message: message)
        }
        func text(_ amount: Int64) -> String { invoice.money(amount).description }
        switch violation {
        case .countOutOfRange:
            return error("out_of_range", "There must be 2 to \(InstalmentTerms.maximumCount) parts.")
        case .datesDescend(let part):
            return error("out_of_range", "A part is not due before the one before it.", at: part)
        case .sharesNotWhole: return error("sum_mismatch", "The shares must come to 100 percent.")
        case .amountsDoNotAddUp(let sum, let total):
            return error(
                "sum_mismatch", "The parts come to \(text(sum)), the invoice to \(text(total)).")
        case .partEmpty(let part): return error("out_of_range", "A part must be above zero.", at: part)
        case .depositTooLarge:
            return error("out_of_range", "The deposit must leave something for the other parts.")
        case .datesOutOfRange: return error("out_of_range", "The days lie too far ahead.")
        }
    }
}

extension InvoiceInput {
    /// Puts the instalments that were given in the place of what was; a schedule without a day keeps counting from the
    /// day that it had, or from the one on which the invoice was due.
    func applyInstalments(to invoice: inout Invoice) throws(InvalidFields) {
        guard replacesInstalments else { return }
        let first = invoice.particulars.instalmentTerms?.firstDueDate ?? invoice.dueDate
        invoice.particulars.instalmentTerms = try instalments?.terms(
            in: invoice.currency, startingOn: dueDate?.date(in: invoice.zone) ?? first)
    }

    /// Refuses a due date beside instalments that say another: the invoice is due with the last of them.
    func checkDueDate(of invoice: Invoice) throws(InvalidFields) {
        guard let dueDate = dueDate?.date(in: invoice.zone), invoice.particulars.instalmentTerms != nil,
            !replacesInstalments || instalments?.namesDays == true, dueDate != invoice.dueDate
        else { return }
        throw InvalidFields(
            field: "due_date", code: "conflicting",
            message: "The last instalment is due on \(invoice.dueDate), and the invoice with it.")
    }
}

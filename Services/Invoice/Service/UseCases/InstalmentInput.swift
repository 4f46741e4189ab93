import HTTPServer
import InvoiceDomain
import Primitives

/// How a sender wants an invoice to be paid in parts, before its currency is known: a list of dated amounts or shares,
/// or a number of equal parts by the calendar.
enum InstalmentInput: Sendable {
    struct Part: Sendable {
        let dueDate: CivilDate
        let size: DiscountInput
    }

    struct Schedule: Sendable {
        let count: Int
        let every: Int
        let unit: RecurrenceUnit
        /// Else the day on which the invoice would be due.
        let firstDueDate: CivilDate?
        let deposit: DiscountInput?
    }

    case parts([Part])
    case schedule(Schedule)

    /// Reads the field `instalments`; problems are collected in the reader.
    ///
    /// An empty list is none, like null.
    init?(_ fields: FieldReader, _ body: JSONNode) {
        if body["instalments"]?.kind == .object {
            guard let schedule = fields.object("instalments").flatMap({ Schedule($0) }) else { return nil }
            self = .schedule(schedule)
        } else {
            let items = fields.objects("instalments", count: 0...InstalmentTerms.maximumCount) ?? []
            guard !items.isEmpty else { return nil }
            self = .parts(items.compactMap { Part($0) })
        }
    }

    /// Whether days are named, which the invoices of a series do not share.
    var namesDays: Bool {
        switch self {
        case .parts: true
        case .schedule(let schedule): schedule.firstDueDate != nil
        }
    }

    /// The terms in a currency.
    ///
    /// - Parameters:
    ///   - currency: Of the invoice.
    ///   - usual: The day from which a schedule counts that names none.
    /// - Returns: What is stored.
    /// - Throws: What the currency does not allow, or a day that is missing.
    func terms(in currency: Currency, startingOn usual: CivilDate?) throws(InvalidFields) -> InstalmentTerms {
        do throws(FieldError) {
            switch self {
            case .parts(let parts): return try Self.terms(parts, in: currency)
            case .schedule(let schedule):
                guard let first = schedule.firstDueDate ?? usual else {
                    throw FieldError(
                        field: "instalments.first_due_date", code: "required",
                        message: "This field is required without due_date.")
                }
                return .schedule(try schedule.terms(startingOn: first, in: currency))
            }
        } catch {
            throw InvalidFields([error])
        }
    }

    private static func terms(_ parts: [Part], in currency: Currency) throws(FieldError) -> InstalmentTerms {
        var amounts: [InstalmentTerms.Amount] = []
        var shares: [InstalmentTerms.Share] = []
        for (index, part) in parts.enumerated() {
            switch try part.size.discount(in: currency, at: "instalments[\(index)]") {
            case .fixed(let amount): amounts.append(.init(dueDate: part.dueDate, amount: amount))
            case .percent(let share): shares.append(.init(dueDate: part.dueDate, percentage: share))
            }
        }
        guard amounts.isEmpty || shares.isEmpty else {
            throw FieldError(
                field: "instalments", code: "conflicting", message: "Give either amounts or percents.")
        }
        return shares.isEmpty ? .amounts(amounts) : .shares(shares)
    }
}

extension InstalmentInput.Part {
    fileprivate init?(_ fields: FieldReader) {
        let dueDate = fields.require("due_date", fields.dueDay("due_date"))
        guard let size = DiscountInput(fields), let dueDate else { return nil }
        self.init(dueDate: dueDate, size: size)
    }
}

extension InstalmentInput.Schedule {
    fileprivate init?(_ fields: FieldReader) {
        let maximum = Int64(InstalmentTerms.maximumCount)
        let count = fields.require("count", fields.integer("count", in: 1...maximum))
        let every = fields.object("every")
        let intervals = InstalmentSchedule.intervals
        let interval = every?.integer("n", in: Int64(intervals.lowerBound)...Int64(intervals.upperBound))
        let unit = every.flatMap { $0.require("unit", $0.choice("unit", RecurrenceUnit.self)) }
        _ = fields.require("every", every)
        firstDueDate = fields.dueDay("first_due_date")
        let percent = fields.percentage("deposit_percent")
        let amount = fields.decimal("deposit_amount")
        if percent != nil, amount != nil {
            fields.refuse("deposit_amount", "conflicting", "Give either deposit_percent or deposit_amount.")
        }
        deposit = percent.map { .percent($0) } ?? amount.map { .amount($0) }
        guard let count, let unit else { return nil }
        self.count = Int(count)
        self.every = Int(interval ?? 1)
        self.unit = unit
    }

    fileprivate func terms(
        startingOn first: CivilDate, in currency: Currency
    ) throws(FieldError) -> InstalmentSchedule {
        var due: InstalmentSchedule.Deposit?
        do throws(FieldError) {
            switch try deposit?.discount(in: currency, at: "instalments") {
            case .fixed(let amount): due = .fixed(amount)
            case .percent(let share): due = .percent(share)
            case nil: break
            }
        } catch {
            throw FieldError(
                field: "instalments.deposit_amount", code: error.code, message: error.message)
        }
        return InstalmentSchedule(count: count, every: every, unit: unit, firstDueDate: first, deposit: due)
    }
}

extension FieldReader {
    /// A day of a year from which links and schedules can still count.
    fileprivate func dueDay(_ name: String) -> CivilDate? {
        parsed(name, "a date such as 2026-03-31") { text in
            CivilDate(text).flatMap { InvoiceInput.DueDate.years.contains($0.year) ? $0 : nil }
        }
    }
}

import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// What a sender says about a series; which of it is required depends on the use case.
struct RecurringInput: Sendable {
    /// In front of the names of its fields: `recurring.` inside an invoice.
    let path: String
    let name: String?
    let externalID: String?
    let metadata: JSONB?
    let start: CivilDate?
    let time: CivilTime?
    let zone: Zone?
    let every: Int?
    let unit: RecurrenceUnit?
    let anchorDay: Int?
    let until: CivilDate?
    let count: Int?
    /// Whether the last day was named, be it to take it away.
    let replacesUntil: Bool
    /// Whether the number of days was named, be it to take it away.
    let replacesCount: Bool
    let dueAfterDays: Int?
    let autoFinalize: Bool?
    let autoSend: Bool?

    /// Reads a body, or an object inside one; problems are collected in the reader.
    init(_ fields: FieldReader, _ node: JSONNode?, path: String = "") {
        self.path = path
        name = fields.string("name", minimumLength: 1, maximumLength: 200)
        externalID = fields.string("external_id", minimumLength: 1, maximumLength: 200)
        metadata = fields.metadata("metadata", node?["metadata"])
        start = Self.date("start_date", fields)
        time = fields.parsed("time", "a time of day such as 09:00") { CivilTime($0) }
        zone = fields.parsed("zone", "a time zone such as Europe/Berlin") { Zone($0) }
        every = Self.integer("every", RecurrenceRule.intervals, fields)
        unit = fields.choice("unit", RecurrenceUnit.self)
        anchorDay = Self.integer("anchor_day", 1...31, fields)
        until = Self.date("end_date", fields)
        count = Self.integer("count", RecurrenceRule.counts, fields)
        replacesUntil = fields.contains("end_date")
        replacesCount = fields.contains("count")
        dueAfterDays = Self.integer("due_after_days", Self.dueDays, fields)
        autoFinalize = fields.bool("auto_finalize")
        autoSend = fields.bool("auto_send")
    }

    private static let dueDays = 0...3_650

    private static func integer(_ name: String, _ range: ClosedRange<Int>, _ fields: FieldReader) -> Int? {
        fields.integer(name, in: Int64(range.lowerBound)...Int64(range.upperBound)).map { Int($0) }
    }

    /// A day from which links and schedules can still count.
    private static func date(_ name: String, _ fields: FieldReader) -> CivilDate? {
        fields.parsed(name, "a date such as 2026-03-31") { text in
            CivilDate(text).flatMap { (2_000...2_999).contains($0.year) ? $0 : nil }
        }
    }

    /// Whether it says anything about the days.
    var changesRule: Bool {
        start != nil || time != nil || zone != nil || every != nil || unit != nil || anchorDay != nil
            || replacesUntil || replacesCount
    }

    /// The rule of a new series.
    ///
    /// - Throws: What contradicts itself, field by field.
    func rule(startingOn usual: CivilDate?, in usualZone: Zone, at now: Instant) throws(InvalidFields)
        -> RecurrenceRule
    {
        guard let unit else {
            throw InvalidFields(
                field: "\(path)unit", code: "required", message: "This field is required.")
        }
        let zone = zone ?? usualZone
        return try rule(
            start: start ?? usual ?? zone.date(at: now), zone: zone, every: every ?? 1, unit: unit,
            anchorDay: anchorDay, until: until, count: count, time: time ?? .chargeTime)
    }

    /// The rule from the next day of a series on: what is not said stays as it is.
    ///
    /// - Throws: What contradicts itself, field by field.
    func rule(replacing series: RecurringSeries) throws(InvalidFields) -> RecurrenceRule? {
        guard changesRule, let next = series.next else { return nil }
        let old = series.rule
        let unit = unit ?? old.unit
        let keepsAnchor = start == nil && self.unit == nil && unit.hasAnchorDay
        return try rule(
            start: start ?? next.date, zone: zone ?? old.zone, every: every ?? old.every, unit: unit,
            anchorDay: anchorDay ?? (keepsAnchor ? old.anchorDay : nil),
            until: replacesUntil ? until : old.until,
            count: replacesCount ? count : old.count.map { $0 - series.position }, time: time ?? old.time)
    }

    private func rule(
        start: CivilDate, zone: Zone, every: Int, unit: RecurrenceUnit, anchorDay: Int?, until: CivilDate?,
        count: Int?, time: CivilTime
    ) throws(InvalidFields) -> RecurrenceRule {
        do throws(RecurrenceViolation) {
            return try RecurrenceRule(
                start: start, time: time, zone: zone, every: every, unit: unit, anchorDay: anchorDay,
                until: until, count: count)
        } catch {
            throw InvalidFields([error.fieldError(path)])
        }
    }

    /// How invoices are made.
    func terms(
        replacing old: RecurringInvoice.Terms?, dueAfterDays usual: Int?
    ) throws(InvalidFields) -> RecurringInvoice.Terms {
        guard let days = dueAfterDays ?? old?.dueAfterDays ?? usual else {
            throw InvalidFields(
                field: "\(path)due_after_days", code: "required", message: "This field is required.")
        }
        let sends = autoSend ?? old?.sends ?? false
        if sends, autoFinalize == false {
            throw InvalidFields(
                field: "\(path)auto_finalize", code: "conflicting", message: "What is sent is issued first.")
        }
        return RecurringInvoice.Terms(
            dueAfterDays: days, finalizes: sends || (autoFinalize ?? old?.finalizes ?? true), sends: sends)
    }

    /// Refuses a first day that has passed: nobody wants the invoices of last year at once.
    func checkStart(notBefore date: CivilDate) throws(InvalidFields) {
        guard let start, start < date else { return }
        throw InvalidFields(
            field: "\(path)start_date", code: "out_of_range", message: "This must not be before \(date).")
    }
}

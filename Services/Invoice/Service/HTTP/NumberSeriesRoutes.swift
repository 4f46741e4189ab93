import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// `/v1/number_series`: how an organization numbers its invoices and credit notes.
struct NumberSeriesRoutes: Sendable {
    let route: TenantRoute

    /// What a sender says about a series.
    private struct Choice: Sendable {
        let name: NumberSeries.Name
        /// Nil for the usual one.
        let prefix: String?
        let pattern: NumberPattern
        let isYearly: Bool
    }

    func add(to router: inout Router) {
        router.get("/v1/number_series", handler: list)
        router.put("/v1/number_series/{series}", handler: choose)
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .organizationRead)
        return try await route.read { tx in
            let organization = try CreateInvoice.organization(scope.organizationID, in: tx)
            let series = try NumberSeriesStore.all(of: organization, in: tx)
            let year = organization.zone.date(at: scope.now).year
            return .json(200, Self.bytes(series, year: year))
        }
    }

    @Sendable private func choose(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .organizationWrite, reading: Self.choice) { scope, choice, tx in
            let organization = try CreateInvoice.organization(scope.organizationID, in: tx)
            let usual = NumberSeriesStore.usualPrefix(of: choice.name, organization)
            let series = NumberSeries(
                name: choice.name, prefix: choice.prefix ?? usual, pattern: choice.pattern,
                isYearly: choice.isYearly)
            let today = organization.zone.date(at: scope.now)
            guard try !NumberSeriesStore.isNextTaken(series, of: organization.id, on: today, in: tx) else {
                throw Self.taken
            }
            try NumberSeriesStore.write(
                series, ownPrefix: choice.prefix, of: organization.id, at: scope.now, in: tx)
            var writer = JSONWriter()
            Self.write(series, year: today.year, into: &writer)
            return TenantRoute.Answer(response: .json(200, writer.bytes), events: [])
        }
    }

    static let taken = Problem.conflict(
        "number_taken", "The next number stands on another document already",
        "Choose a prefix or a pattern that tells them apart.")

    private static func choice(_ request: HTTPRequest) throws -> Choice {
        guard let name = NumberSeries.Name(rawValue: request.parameters["series"]) else {
            throw Problem.notFound
        }
        let fields = try request.fields()
        let prefix = fields.parsed(
            "prefix", "1 to \(NumberSeries.maximumPrefixLength) capital letters and digits"
        ) { NumberSeries.isPrefix($0) ? $0 : nil }
        let pattern = Self.pattern(fields)
        let isYearly = fields.bool("yearly") ?? false
        if isYearly, let pattern, !pattern.namesYear {
            fields.refuse(
                "pattern", "year_missing", "Numbers that begin again each year must name it: {year}.")
        }
        guard let pattern, fields.errors.isEmpty else { throw fields.invalid }
        return Choice(name: name, prefix: prefix, pattern: pattern, isYearly: isYearly)
    }

    private static func pattern(_ fields: FieldReader) -> NumberPattern? {
        let known = fields.errors.count
        guard let text = fields.string("pattern", maximumLength: NumberPattern.maximumLength) else {
            return fields.errors.count == known ? .usual : nil
        }
        do throws(NumberPattern.Flaw) {
            return try NumberPattern(text)
        } catch {
            fields.refuse("pattern", "malformed", sentence(error))
            return nil
        }
    }

    private static func sentence(_ flaw: NumberPattern.Flaw) -> String {
        switch flaw {
        case .unknownPart: "Between braces can stand prefix, year, count and count:4."
        case .forbiddenCharacter: "Numbers have capital letters, digits, hyphens, points and underscores."
        case .unclearCount: "{count} must be there once, with something other than a digit on its sides."
        case .repeatedPart: "{prefix} and {year} can be there once."
        case .tooLong: "This must have at most \(NumberPattern.maximumLength) characters."
        }
    }

    private static func bytes(_ series: [NumberSeries], year: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for entry in series { write(entry, year: year, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ series: NumberSeries, year: Int, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("series", series.name.rawValue)
        writer.member("prefix", series.prefix)
        writer.member("pattern", series.pattern.text)
        writer.member("yearly", series.isYearly)
        writer.member("example", series.pattern.number(prefix: series.prefix, year: year, count: 42))
        writer.endObject()
    }
}

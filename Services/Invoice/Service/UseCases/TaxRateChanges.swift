import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// What a sender says about a rate of tax.
struct TaxRateInput: Sendable {
    let name: String?
    let percentage: Percentage?
    let isInclusive: Bool?
    let country: String?
    let jurisdiction: String?
    let isActive: Bool?

    /// Reads the body; problems are collected in the reader.
    init(_ fields: FieldReader) {
        name = fields.string("name", minimumLength: 1, maximumLength: 100)
        percentage = fields.percentage("percentage")
        isInclusive = fields.bool("inclusive")
        country = fields.parsed("country", "two letters of ISO 3166 such as DE") { Self.country($0) }
        jurisdiction = fields.string("jurisdiction", minimumLength: 1, maximumLength: 100)
        isActive = fields.bool("active")
    }

    private static func country(_ text: String) -> String? {
        let isCode = text.utf8.count == 2 && text.utf8.allSatisfy { (0x41...0x5A).contains($0 & 0xDF) }
        return isCode ? text.uppercased() : nil
    }

    /// Whether it says anything that invoices depend on.
    var changesMeaning: Bool {
        name != nil || percentage != nil || isInclusive != nil || country != nil || jurisdiction != nil
    }
}

/// Adds a rate.
struct CreateTaxRate: Sendable {
    let organizationID: OrganizationID
    let name: String
    let percentage: Percentage
    let input: TaxRateInput
    let now: Instant

    func run(in tx: borrowing Transaction) throws(PostgresError) -> StoredTaxRate {
        var rate = StoredTaxRate(
            id: TaxRateID.new(at: now), organizationID: organizationID, name: name, percentage: percentage,
            at: now)
        rate.isInclusive = input.isInclusive ?? false
        rate.country = input.country
        rate.jurisdiction = input.jurisdiction
        rate.isActive = input.isActive ?? true
        try TaxRateStore.insert(rate, in: tx)
        return rate
    }
}

/// Changes a rate: anything as long as no line names it, afterwards only whether new lines can.
struct UpdateTaxRate: Sendable {
    let id: TaxRateID
    let organizationID: OrganizationID
    let input: TaxRateInput
    let now: Instant

    static let used = Problem.conflict(
        "tax_rate_used", "Invoices name this tax rate",
        "What it says cannot change any more. Set active to false and make another one.")

    func run(in tx: borrowing Transaction) throws -> StoredTaxRate {
        guard var rate = try TaxRateStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        guard !rate.isUsed || !input.changesMeaning else { throw Self.used }
        rate.name = input.name ?? rate.name
        rate.percentage = input.percentage ?? rate.percentage
        rate.isInclusive = input.isInclusive ?? rate.isInclusive
        rate.country = input.country ?? rate.country
        rate.jurisdiction = input.jurisdiction ?? rate.jurisdiction
        rate.isActive = input.isActive ?? rate.isActive
        rate.updatedAt = now
        try TaxRateStore.update(rate, in: tx)
        return rate
    }
}

/// Removes a rate that no line has named.
struct DeleteTaxRate: Sendable {
    let id: TaxRateID
    let organizationID: OrganizationID

    func run(in tx: borrowing Transaction) throws {
        guard let rate = try TaxRateStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        guard !rate.isUsed else { throw UpdateTaxRate.used }
        try TaxRateStore.delete(id, in: tx)
    }
}

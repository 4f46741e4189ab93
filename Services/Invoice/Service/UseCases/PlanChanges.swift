import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Adds a plan.
struct CreatePlan: Sendable {
    let organizationID: OrganizationID
    let name: String
    let input: PlanInput
    let now: Instant

    func run(in tx: borrowing Transaction) throws(PostgresError) -> Plan {
        var plan = Plan(id: PlanID.new(at: now), organizationID: organizationID, name: name, at: now)
        input.apply(to: &plan)
        try PlanStore.insert(plan, in: tx)
        return plan
    }
}

/// Changes what a plan is called, and whether it is still sold.
struct UpdatePlan: Sendable {
    let id: PlanID
    let organizationID: OrganizationID
    let input: PlanInput
    let now: Instant

    func run(in tx: borrowing Transaction) throws -> Plan {
        guard var plan = try PlanStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        input.apply(to: &plan)
        plan.updatedAt = now
        try PlanStore.update(plan, in: tx)
        return plan
    }
}

/// Removes a plan that has no prices.
struct DeletePlan: Sendable {
    let id: PlanID
    let organizationID: OrganizationID

    func run(in tx: borrowing Transaction) throws {
        guard try PlanStore.find(id, of: organizationID, locked: true, in: tx) != nil else {
            throw Problem.notFound
        }
        // Prices refer to it: then the database refuses, and the client is told so.
        try PlanStore.delete(id, in: tx)
    }
}

/// Adds a price to a plan.
struct CreatePrice: Sendable {
    let organizationID: OrganizationID
    let input: PriceInput
    let now: Instant

    func run(in tx: borrowing Transaction) throws -> Price {
        guard let plan = try PlanStore.find(input.planID, of: organizationID, in: tx) else {
            throw InvalidFields(field: "plan_id", code: "unknown_value", message: "There is no such plan.")
        }
        guard plan.isActive else {
            throw InvalidFields(field: "plan_id", code: "archived", message: "This plan is archived.")
        }
        try fixTaxRates(in: tx)
        let price = Price(
            id: PriceID.new(at: now), organizationID: organizationID, planID: plan.id, terms: input.terms,
            at: now)
        try PriceStore.insert(price, in: tx)
        return price
    }

    /// What the rates say is fixed with the price, as it is with a line.
    private func fixTaxRates(in tx: borrowing Transaction) throws {
        let ids = input.terms.taxRates
        guard !ids.isEmpty else { return }
        let known = try TaxRateStore.find(ids, of: organizationID, in: tx).filter(\.isActive)
        for (index, id) in ids.enumerated() where !known.contains(where: { $0.id == id }) {
            throw InvalidFields(
                field: "tax_rates[\(index)]", code: "unknown_value",
                message: "There is no such tax rate, or it is archived.")
        }
        _ = try TaxRateStore.markUsed(ids, in: tx)
    }
}

/// Archives a price, or takes it up again.
struct UpdatePrice: Sendable {
    let id: PriceID
    let organizationID: OrganizationID
    let isActive: Bool?
    let now: Instant

    func run(in tx: borrowing Transaction) throws -> Price {
        guard var price = try PriceStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        guard let isActive else { return price }
        price.isActive = isActive
        price.updatedAt = now
        try PriceStore.setActive(id, isActive, at: now, in: tx)
        return price
    }
}

/// Removes a price that no subscription has had.
struct DeletePrice: Sendable {
    let id: PriceID
    let organizationID: OrganizationID

    static let used = Problem.conflict(
        "price_used", "Subscriptions have this price", "Set active to false instead.")

    func run(in tx: borrowing Transaction) throws {
        guard let price = try PriceStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        guard !price.isUsed else { throw Self.used }
        try PriceStore.delete(id, in: tx)
    }
}

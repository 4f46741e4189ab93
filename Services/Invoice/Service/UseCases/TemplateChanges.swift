import HTTPServer
import Postgres
import Primitives

/// Adds a template.
struct CreateTemplate: Sendable {
    let organizationID: OrganizationID
    let input: TemplateInput
    let now: Instant

    private static let countMaximum = 200
    private static let tooMany = Problem.conflict(
        "too_many_templates", "There are too many templates",
        "An organization has at most \(countMaximum). Delete one that is not needed any more.")

    func run(in tx: borrowing Transaction) throws -> Template {
        let count = try TemplateStore.count(of: organizationID, in: tx)
        guard count < Self.countMaximum else { throw Self.tooMany }
        let template = Template(
            id: TemplateID.new(at: now), organizationID: organizationID, name: input.name,
            isDefault: input.isDefault, content: input.content, at: now)
        try TemplateStore.insert(template, in: tx)
        return template
    }
}

/// Replaces what a template says; what was issued with it stays as it is.
struct ReplaceTemplate: Sendable {
    let id: TemplateID
    let organizationID: OrganizationID
    let input: TemplateInput
    let now: Instant

    func run(in tx: borrowing Transaction) throws -> Template {
        guard var template = try TemplateStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        template.name = input.name
        template.isDefault = input.isDefault
        template.content = input.content
        template.updatedAt = now
        try TemplateStore.update(template, in: tx)
        return template
    }
}

/// Removes a template; drafts and customers that name it have the default from then on.
struct DeleteTemplate: Sendable {
    let id: TemplateID
    let organizationID: OrganizationID

    func run(in tx: borrowing Transaction) throws {
        guard try TemplateStore.find(id, of: organizationID, locked: true, in: tx) != nil else {
            throw Problem.notFound
        }
        try TemplateStore.delete(id, in: tx)
    }
}

extension TemplateStore {
    /// Refuses an id that is not of one of the organization's templates.
    static func require(
        _ id: TemplateID?, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws {
        guard let id, try !contains(id, of: organizationID, in: tx) else { return }
        throw InvalidFields(
            field: "template_id", code: "unknown_value", message: "There is no such template.")
    }
}

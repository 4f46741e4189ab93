import Documents
import EventContracts
import HTTPServer
import Primitives
import ServiceKit

/// The routes of templates.
struct TemplateRoutes: Sendable {
    let route: TenantRoute
    let files: DocumentFiles

    func add(to router: inout Router) {
        router.post("/v1/templates", handler: create)
        router.get("/v1/templates", handler: list)
        router.get("/v1/templates/{id}", handler: fetch)
        router.put("/v1/templates/{id}", handler: replace)
        router.delete("/v1/templates/{id}", handler: delete)
        router.get("/v1/templates/{id}/preview.pdf", handler: preview)
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: { try TemplateInput($0.fields()) }) {
            scope, input, tx in
            let template = try CreateTemplate(
                organizationID: scope.organizationID, input: input, now: scope.now
            ).run(in: tx)
            let response = HTTPResponse.json(201, TemplateJSON.bytes(template))
                .with("Location", "/v1/templates/\(template.id)")
            return TenantRoute.Answer(response: response, events: [])
        }
    }

    @Sendable private func replace(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.replacement) { scope, given, tx in
            let template = try ReplaceTemplate(
                id: given.id, organizationID: scope.organizationID, input: given.input, now: scope.now
            ).run(in: tx)
            return TenantRoute.Answer(response: .json(200, TemplateJSON.bytes(template)), events: [])
        }
    }

    @Sendable private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            try DeleteTemplate(id: id, organizationID: scope.organizationID).run(in: tx)
            return TenantRoute.Answer(response: .empty(), events: [])
        }
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try Self.id(request)
        let template = try await route.read { tx in
            try TemplateStore.find(id, of: scope.organizationID, in: tx)
        }
        guard let template else { throw Problem.notFound }
        return .json(200, TemplateJSON.bytes(template))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let page = try Page<Kind.Template>(request)
        let templates = try await route.read { tx in
            try TemplateStore.list(
                of: scope.organizationID, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(templates, to: request, id: \.id, body: TemplateJSON.bytes)
    }

    /// A paper with made-up content, as the template makes it look.
    @Sendable private func preview(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try Self.id(request)
        let kind = try request.documentKind(among: InvoiceDocument.Kind.allCases)
        let document = try await route.read { tx -> InvoiceDocument? in
            guard let template = try TemplateStore.find(id, of: scope.organizationID, in: tx) else {
                return nil
            }
            let organization = try CreateInvoice.organization(scope.organizationID, in: tx)
            return SamplePaper(
                sender: try Sender.find(organization.id, in: tx), currency: organization.currency,
                day: organization.zone.date(at: scope.now)
            ).document(kind, as: template.content)
        }
        guard let document else { throw Problem.notFound }
        return try await files.answer(document, named: "preview.pdf", to: request)
    }

    private static func id(_ request: HTTPRequest) throws -> TemplateID {
        try request.id("id", of: Kind.Template.self)
    }

    private static func replacement(_ request: HTTPRequest) throws -> (id: TemplateID, input: TemplateInput) {
        let id = try id(request)
        return (id, try TemplateInput(try request.fields()))
    }
}

/// Writes templates as the interface shows them: in the shape in which they are given.
enum TemplateJSON {
    static func bytes(_ template: Template) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        write(template, into: &writer)
        return writer.bytes
    }

    static func bytes(_ templates: [Template]) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024 * templates.count)
        writer.beginArray()
        for template in templates { write(template, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ template: Template, into writer: inout JSONWriter) {
        let content = template.content
        writer.beginObject()
        writer.member("id", template.id)
        writer.member("name", template.name)
        writer.member("is_default", template.isDefault)
        writer.member("language", content.language)
        writer.member("accent_color", content.accentColor)
        writer.member("font", content.look.font?.rawValue)
        writer.member("logo_placement", content.look.logoPlacement?.rawValue)
        writer.member("page_size", content.look.pageSize?.rawValue)
        write("titles", content.look.titles, into: &writer)
        write("labels", content.look.labels, into: &writer)
        if let columns = content.look.columns {
            writer.member("columns", strings: columns.map(\.rawValue))
        }
        writer.member("intro", content.look.intro)
        writer.member("closing", content.look.closing)
        writer.member("terms", content.terms)
        writer.member("footer", content.footer)
        if let mail = content.mail {
            writer.key("mail")
            writer.beginObject()
            writer.member("subject", mail.subject)
            writer.member("intro", mail.intro)
            writer.endObject()
        }
        writer.member("created_at", template.createdAt)
        writer.member("updated_at", template.updatedAt)
        writer.endObject()
    }

    private static func write(
        _ name: String, _ words: [InvoiceDocument.Wording]?, into writer: inout JSONWriter
    ) {
        guard let words else { return }
        writer.key(name)
        writer.beginObject()
        for word in words { writer.member(word.name, word.text) }
        writer.endObject()
    }
}

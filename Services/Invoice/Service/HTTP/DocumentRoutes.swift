import Documents
import HTTPServer
import InvoiceDomain
import PDF
import Primitives
import ServiceKit

/// `GET /v1/invoices/{id}/pdf`: the invoice as paper, for its sender and for the client who is billed.
struct DocumentRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks
    let renderer: DocumentRenderer

    func add(to router: inout Router) {
        router.get("/v1/invoices/{id}/pdf", handler: fetch)
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let id = try request.id("id", of: Kind.Invoice.self)
        let kind = try Self.kind(in: request)
        let paper = try await route.read { tx -> InvoicePaper? in
            for reader in readers {
                if let invoice = try reader.find(id, in: tx) { return try InvoicePaper(of: invoice, in: tx) }
            }
            return nil
        }
        guard let paper else { throw Problem.notFound }
        let document = try paper.document(kind, links: links, at: route.context.clock.now())
        let fingerprint = document.fingerprint
        let tag = "\"\(Hex.encode(fingerprint))\""
        // The tag is computed from what stands on the paper: a file that the caller has is not drawn again.
        guard !request.hasEntityTag(tag) else { return Self.headed(.empty(304), tag) }
        let file = try await draw(document, fingerprint)
        let name = Self.fileName(paper.invoice, kind)
        return Self.headed(HTTPResponse(status: 200, body: file), tag)
            .with("Content-Type", "application/pdf")
            .with("Content-Disposition", ContentDisposition.attachment(named: name))
    }

    private func draw(_ document: InvoiceDocument, _ fingerprint: [UInt8]) async throws -> [UInt8] {
        do throws(DocumentRenderer.Failure) {
            return try await renderer.pdf(of: document, fingerprint: fingerprint)
        } catch {
            switch error {
            case .overloaded:
                throw Problem.unavailable("Many documents are being drawn just now.", retryAfterSeconds: 2)
            case .unusable(let error) where error.code != .drawing:
                throw Problem(
                    status: 422, code: "document_too_long", title: "The document is too long",
                    detail: "Its texts take \(error.message).")
            case .unusable(let error): throw error
            }
        }
    }

    private static func headed(_ response: HTTPResponse, _ tag: String) -> HTTPResponse {
        // It holds names and a way to pay: nobody but the caller keeps it, and asks each time whether it still holds.
        response.with("ETag", tag).with("Cache-Control", "private, no-cache")
            .with("X-Content-Type-Options", "nosniff")
    }

    private static func kind(in request: HTTPRequest) throws(Problem) -> InvoiceDocument.Kind {
        switch request.queryValue("kind") {
        case nil, "invoice": return .invoice
        case "receipt": return .receipt
        default:
            throw .invalid([
                FieldError(field: "kind", code: "malformed", message: "This must be invoice or receipt.")
            ])
        }
    }

    private static func fileName(_ invoice: Invoice, _ kind: InvoiceDocument.Kind) -> String {
        let number = invoice.number ?? invoice.id.description
        return kind == .receipt ? "\(number)-receipt.pdf" : "\(number).pdf"
    }
}

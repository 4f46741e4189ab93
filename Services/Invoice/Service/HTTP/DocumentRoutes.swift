import Documents
import HTTPServer
import InvoiceDomain
import Primitives
import ServiceKit

/// Invoices, receipts and credit notes as paper, for their sender and for the client who is billed.
struct DocumentRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks
    let files: DocumentFiles

    func add(to router: inout Router) {
        router.get("/v1/invoices/{id}/pdf", handler: fetch)
        router.get("/v1/credit_notes/{id}/pdf", handler: creditNote)
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let id = try request.id("id", of: Kind.Invoice.self)
        let kind = try request.documentKind(among: [.invoice, .receipt])
        let paper = try await route.read { tx -> InvoicePaper? in
            for reader in readers {
                if let invoice = try reader.find(id, in: tx) { return try InvoicePaper(of: invoice, in: tx) }
            }
            return nil
        }
        guard let paper else { throw Problem.notFound }
        let document = try paper.document(kind, links: links, at: route.context.clock.now())
        return try await files.answer(document, named: Self.fileName(paper.invoice, kind), to: request)
    }

    @Sendable private func creditNote(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let id = try request.id("id", of: Kind.CreditNote.self)
        let document = try await route.read { tx -> (InvoiceDocument, String)? in
            guard let note = try CreditNoteStore.find(id, in: tx) else { return nil }
            for reader in readers {
                if let invoice = try reader.find(note.invoiceID, in: tx) {
                    return try InvoicePaper(of: invoice, in: tx).map { ($0.document(of: note), note.number) }
                }
            }
            return nil
        }
        guard let (document, number) = document else { throw Problem.notFound }
        return try await files.answer(document, named: "\(number).pdf", to: request)
    }

    private static func fileName(_ invoice: Invoice, _ kind: InvoiceDocument.Kind) -> String {
        let number = invoice.number ?? invoice.id.description
        return kind == .receipt ? "\(number)-receipt.pdf" : "\(number).pdf"
    }
}

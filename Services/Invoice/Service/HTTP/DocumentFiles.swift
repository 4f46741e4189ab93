import Crypto
import Documents
import HTTPServer
import PDF
import Primitives

/// Answers documents as files, drawn at most once for the same content.
struct DocumentFiles: Sendable {
    let renderer: DocumentRenderer

    func answer(
        _ document: InvoiceDocument, named name: String, to request: HTTPRequest
    ) async throws -> HTTPResponse {
        let fingerprint = document.fingerprint
        let tag = "\"\(Hex.encode(fingerprint))\""
        // The tag is computed from what stands on the paper: a file that the caller has is not drawn again.
        guard !request.hasEntityTag(tag) else { return Self.headed(.empty(304), tag) }
        let file = try await draw(document, fingerprint)
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
}

extension HTTPRequest {
    /// Which paper is asked for: an invoice unless the query says otherwise.
    func documentKind(among kinds: [InvoiceDocument.Kind]) throws(Problem) -> InvoiceDocument.Kind {
        guard let text = queryValue("kind") else { return .invoice }
        guard let kind = kinds.first(where: { $0.rawValue == text }) else {
            let words = kinds.map(\.rawValue).joined(separator: ", ")
            throw .invalid([
                FieldError(field: "kind", code: "malformed", message: "This must be one of \(words).")
            ])
        }
        return kind
    }
}

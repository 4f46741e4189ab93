public import PDF

/// Draws invoices, receipts and credit notes.
public enum InvoicePDF {
    /// Draws a document on the calling thread, which takes milliseconds of a core; one is drawn at a time.
    ///
    /// - Parameter invoice: What stands on it.
    /// - Returns: The file; the same document gives the same bytes.
    /// - Throws: `PDFError` when it is too long, or the drawing library gives up.
    public static func draw(_ invoice: InvoiceDocument) throws(PDFError) -> [UInt8] {
        let language = DocumentLanguage(tag: invoice.language)
        let words = DocumentWords(language, invoice.look)
        let title = [words.title(invoice.kind), invoice.number ?? invoice.title].compactMap { $0 }
        return try PDFDocument.file(
            size: invoice.look.pageSize == .letter ? .letter : .a4, direction: language.direction,
            family: (invoice.look.font ?? .sans).family,
            metadata: PDFDocument.Metadata(
                title: title.joined(separator: " "), author: invoice.sender.name, createdAt: invoice.madeAt,
                language: tag(of: invoice))
        ) { document in
            var pages = InvoicePages(invoice, document: document, language: language)
            return pages.laidOut()
        }
    }

    /// The tag, when it looks like one; it chooses among the shapes of Chinese characters.
    private static func tag(of invoice: InvoiceDocument) -> String {
        let isTag =
            invoice.language.utf8.count <= 35 && !invoice.language.isEmpty
            && invoice.language.utf8.allSatisfy {
                $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20)
            }
        return isTag ? invoice.language : "en"
    }
}

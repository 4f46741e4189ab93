import CPangoCairo
public import Primitives
import Synchronization

/// A document that is being made: texts are set first, then pages are made of them, then it is drawn.
///
/// The same pages give the same bytes: the only time in the document is the one that the caller names.
public final class PDFDocument {
    /// What a document says about itself.
    public struct Metadata: Sendable, Hashable {
        /// Shown as the title of the window.
        public let title: String
        /// Who issued it.
        public let author: String
        /// When it was issued.
        public let createdAt: Instant
        /// The language of its words, a BCP 47 tag; it also chooses between the shapes of Chinese characters.
        public let language: String

        /// Says it.
        public init(title: String, author: String, createdAt: Instant, language: String) {
            self.title = title
            self.author = author
            self.createdAt = createdAt
            self.language = language
        }
    }

    /// More pages than this are no document.
    public static let maximumPages = 400
    /// More bytes than this are none either.
    public static let maximumBytes = 32 << 20

    /// The size of its pages.
    public let size: PDFPageSize
    /// To which side it is read.
    public let direction: PDFDirection
    private let family: String

    private final class Sink {
        var bytes: [UInt8] = []
    }

    private struct Font: Hashable {
        let size: Double
        let isBold: Bool
    }

    private let sink = Sink()
    private let surface: OpaquePointer
    private let canvas: OpaquePointer
    private let contexts: TextContexts
    private var fonts: [Font: OpaquePointer] = [:]

    /// One document at a time in a process: Pango takes the faces of fonts from Cairo without keeping Cairo's lock on
    /// them, so two threads that draw with one font file crash in FreeType.
    private static let oneAtATime = Mutex(())

    /// Makes a document on the calling thread; others wait for their turn.
    ///
    /// - Parameters:
    ///   - size: Of its pages.
    ///   - direction: To which side it is read.
    ///   - family: The name of its font; what that lacks, the system's other fonts fill in.
    ///   - metadata: What it says about itself.
    ///   - layOut: Sets the texts and puts them on pages; keeps nothing of the document.
    /// - Returns: The file.
    /// - Throws: `PDFError` when there are too many pages or bytes, or the library gives up.
    public static func file(
        size: PDFPageSize, direction: PDFDirection, family: String, metadata: Metadata,
        layOut: (PDFDocument) -> [PDFPage]
    ) throws(PDFError) -> [UInt8] {
        try oneAtATime.withLock { (_: inout sending Void) throws(PDFError) -> [UInt8] in
            let document = try PDFDocument(
                size: size, direction: direction, family: family, metadata: metadata)
            return try document.draw(layOut(document))
        }
    }

    private init(
        size: PDFPageSize, direction: PDFDirection, family: String, metadata: Metadata
    ) throws(PDFError) {
        self.size = size
        self.family = family
        self.direction = direction
        let made = cairo_pdf_surface_create_for_stream(
            { context, data, count in
                guard let context, let data else { return CAIRO_STATUS_WRITE_ERROR }
                let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
                guard sink.bytes.count + Int(count) <= PDFDocument.maximumBytes else {
                    return CAIRO_STATUS_WRITE_ERROR
                }
                sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
                return CAIRO_STATUS_SUCCESS
            }, Unmanaged.passUnretained(sink).toOpaque(), size.width, size.height)
        guard let made, let canvas = cairo_create(made),
            let contexts = TextContexts(canvas: canvas, language: metadata.language)
        else {
            throw PDFError(.drawing, "the library has no memory for a document")
        }
        surface = made
        self.canvas = canvas
        self.contexts = contexts
        describe(metadata)
    }

    deinit {
        for font in fonts.values { pango_font_description_free(font) }
        contexts.release()
        cairo_destroy(canvas)
        cairo_surface_destroy(surface)
    }

    /// Sets a text.
    ///
    /// - Parameters:
    ///   - text: Any text; what has no shape is left out.
    ///   - style: How it looks.
    ///   - width: Where its lines break.
    /// - Returns: The text, to be put on pages of this document.
    public func text(_ text: String, _ style: PDFTextStyle, width: Double) -> PDFText {
        PDFText(
            text, style: style, width: width, contexts: contexts, font: font(style), direction: direction)
    }

    private func draw(_ pages: [PDFPage]) throws(PDFError) -> [UInt8] {
        guard pages.count <= Self.maximumPages else {
            throw PDFError(.tooManyPages, "more than \(Self.maximumPages) pages")
        }
        var painter = PDFPainter(canvas: canvas, pageWidth: size.width, direction: direction)
        defer { painter.releaseImages() }
        cairo_tag_begin(canvas, "Document", nil)
        for page in pages {
            painter.draw(page.items)
            if page.items.isEmpty { cairo_move_to(canvas, 0, 0) }
            cairo_show_page(canvas)
        }
        cairo_tag_end(canvas, "Document")
        cairo_surface_finish(surface)
        try check(cairo_status(canvas))
        try check(cairo_surface_status(surface))
        return sink.bytes
    }

    private func check(_ status: cairo_status_t) throws(PDFError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        guard status != CAIRO_STATUS_WRITE_ERROR else {
            throw PDFError(.tooLarge, "more than \(Self.maximumBytes) bytes")
        }
        throw PDFError(.drawing, String(cString: cairo_status_to_string(status)))
    }

    private func describe(_ metadata: Metadata) {
        cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5)
        // Whole seconds: the library reads no fraction.
        let moment = metadata.createdAt.rfc3339.prefix(19) + "Z"
        for (key, value) in [
            (CAIRO_PDF_METADATA_TITLE, metadata.title), (CAIRO_PDF_METADATA_AUTHOR, metadata.author),
            (CAIRO_PDF_METADATA_CREATOR, "Duely"), (CAIRO_PDF_METADATA_CREATE_DATE, String(moment)),
            (CAIRO_PDF_METADATA_MOD_DATE, String(moment)),
        ] {
            cairo_pdf_surface_set_metadata(
                surface, key, PlainText.paragraphs(value).joined(separator: " "))
        }
    }

    private func font(_ style: PDFTextStyle) -> OpaquePointer {
        let key = Font(size: style.size, isBold: style.isBold)
        if let font = fonts[key] { return font }
        guard let font = pango_font_description_new() else { preconditionFailure("no memory for a font") }
        pango_font_description_set_family(font, family)
        pango_font_description_set_weight(font, style.isBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
        pango_font_description_set_size(font, Int32(style.size * Double(PANGO_SCALE)))
        fonts[key] = font
        return font
    }
}

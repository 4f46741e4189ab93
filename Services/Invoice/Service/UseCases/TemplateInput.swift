import Documents
import EventContracts
import PDF
import Primitives

/// What a sender says about a template; what is not said is as usual.
struct TemplateInput: Sendable {
    let name: String
    let isDefault: Bool
    let content: TemplateContent

    private static let wordsMaximum = 5_000
    private static let wordLengthMaximum = 60

    /// Reads the whole body.
    ///
    /// - Throws: `InvalidFields` that name everything that is wrong.
    init(_ fields: FieldReader) throws(InvalidFields) {
        let name = fields.require("name", fields.string("name", minimumLength: 1, maximumLength: 100))
        isDefault = fields.bool("is_default") ?? false
        var content = TemplateContent(look: Self.look(fields))
        content.language = fields.parsed("language", "a language tag such as en or de-AT") {
            CustomerInput.language($0)
        }
        content.accentColor = fields.parsed("accent_color", "a colour such as #1f5eff") {
            PDFColor(hex: $0) == nil ? nil : $0.lowercased()
        }
        content.terms = fields.string("terms", maximumLength: Self.wordsMaximum)
        content.footer = fields.string("footer", maximumLength: Self.wordsMaximum)
        content.mail = fields.object("mail").flatMap { Self.wording($0) }
        guard let name, fields.errors.isEmpty else { throw fields.invalid }
        self.name = name
        self.content = content
    }

    private static func look(_ fields: FieldReader) -> InvoiceDocument.Look {
        var look = InvoiceDocument.Look()
        look.font = fields.choice("font", InvoiceDocument.Typeface.self)
        look.logoPlacement = fields.choice("logo_placement", InvoiceDocument.LogoPlacement.self)
        look.pageSize = fields.choice("page_size", InvoiceDocument.PageSize.self)
        look.titles = words("titles", InvoiceDocument.Kind.allCases.map(\.rawValue), fields)
        look.labels = words("labels", InvoiceDocument.Label.allCases.map(\.rawValue), fields)
        look.columns = columns(fields)
        look.intro = fields.string("intro", maximumLength: wordsMaximum)
        look.closing = fields.string("closing", maximumLength: wordsMaximum)
        return look
    }

    /// Short texts by name, of which only some names are known.
    private static func words(
        _ name: String, _ known: [String], _ fields: FieldReader
    ) -> [InvoiceDocument.Wording]? {
        guard let object = fields.object(name) else { return nil }
        for other in object.names where !known.contains(other) {
            object.refuse(other, "unknown_field", "This must be one of \(known.joined(separator: ", ")).")
        }
        let words = known.compactMap { name -> InvoiceDocument.Wording? in
            let text = object.string(name, minimumLength: 1, maximumLength: wordLengthMaximum)
            refuseLineBreaks(text, name, object)
            return text.map { InvoiceDocument.Wording(name: name, text: $0) }
        }
        return words.isEmpty ? nil : words
    }

    private static func columns(_ fields: FieldReader) -> [InvoiceDocument.Column]? {
        let known = InvoiceDocument.Column.allCases
        guard let names = fields.strings("columns", count: 0...known.count, maximumLength: 20) else {
            return nil
        }
        for (index, name) in names.enumerated() where InvoiceDocument.Column(rawValue: name) == nil {
            fields.refuse(
                "columns[\(index)]", "malformed",
                "This must be one of \(known.map(\.rawValue).joined(separator: ", ")).")
        }
        return known.filter { names.contains($0.rawValue) }
    }

    private static func wording(_ fields: FieldReader) -> InvoiceMailWording? {
        let subject = fields.string("subject", minimumLength: 1, maximumLength: 200)
        let intro = fields.string("intro", minimumLength: 1, maximumLength: 2_000)
        refuseLineBreaks(subject, "subject", fields)
        let places = InvoiceMailWording.Place.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
        for (name, text) in [("subject", subject), ("intro", intro)] {
            guard let position = text.flatMap({ InvoiceMailWording.misplaced(in: $0) }) else { continue }
            fields.refuse(
                name, "unknown_placeholder",
                "The brace at character \(position) is not part of one of \(places).")
        }
        return subject == nil && intro == nil ? nil : InvoiceMailWording(subject: subject, intro: intro)
    }

    private static func refuseLineBreaks(_ text: String?, _ name: String, _ fields: FieldReader) {
        guard let text, text.contains(where: \.isNewline) else { return }
        fields.refuse(name, "malformed", "This must be one line.")
    }
}

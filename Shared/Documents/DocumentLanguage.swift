import PDF

/// The languages that documents are written in.
enum DocumentLanguage: String, Sendable, Hashable, CaseIterable {
    /// English.
    case english = "en"
    /// German.
    case german = "de"
    /// French.
    case french = "fr"
    /// Spanish.
    case spanish = "es"
    /// Arabic, read from the right.
    case arabic = "ar"

    /// The language of a BCP 47 tag, or English.
    init(tag: String) {
        let primary = tag.split { $0 == "-" || $0 == "_" }.first.map { $0.lowercased() } ?? ""
        self = DocumentLanguage(rawValue: primary) ?? .english
    }

    /// To which side it is read.
    var direction: PDFDirection { self == .arabic ? .rightToLeft : .leftToRight }
}

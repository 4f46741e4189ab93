import Primitives

/// Numbers, amounts and dates as a language writes them.
///
/// Its own small tables, so that a document looks the same whatever the machine's locale data says.
struct DocumentFormats: Sendable {
    private let language: DocumentLanguage

    /// The formats of a language.
    init(_ language: DocumentLanguage) { self.language = language }

    /// `1,234.50`, `1.234,50`, `1 234,50`.
    func number(_ decimal: String) -> String {
        let isNegative = decimal.hasPrefix("-")
        let parts = decimal.drop { $0 == "-" }.split(separator: ".", maxSplits: 1)
        let digits = Array(parts.first ?? "0")
        var text = ""
        // Spanish groups from five digits on.
        let isGrouped = digits.count > 3 && !(language == .spanish && digits.count == 4)
        for (index, digit) in digits.enumerated() {
            if isGrouped, index > 0, (digits.count - index) % 3 == 0 { text += separators.group }
            text.append(digit)
        }
        if parts.count > 1 { text += separators.fraction + parts[1] }
        guard isNegative else { return text }
        // In Arabic the mark keeps the sign in front of the digits.
        return (language == .arabic ? "\u{200E}" : "") + "−" + text
    }

    /// `$1,234.50`, `1.234,50 €`, with the currency's digits.
    func money(_ minorUnits: Int64, _ currency: Currency) -> String {
        let digits = number(Money(minorUnits: minorUnits, currency: currency).decimal)
        let symbol = Self.symbols[currency.code]
        switch language {
        case .english:
            guard let symbol else { return "\(currency.code)\(Self.space)\(digits)" }
            return digits.hasPrefix("−") ? "−\(symbol)\(digits.dropFirst())" : "\(symbol)\(digits)"
        case .german, .french, .spanish: return "\(digits)\(Self.space)\(symbol ?? currency.code)"
        // The mark makes the whole amount read from the right, whatever the symbol is.
        case .arabic: return "\u{200F}\(digits)\(Self.space)\(symbol ?? currency.code)"
        }
    }

    /// `19%`, `19 %`.
    func percent(_ rate: ExactDecimal) -> String {
        let digits = number(rate.text)
        switch language {
        case .english, .arabic: return "\(digits)%"
        case .german, .french, .spanish: return "\(digits)\(Self.space)%"
        }
    }

    /// `20 November 2026`, in words, so that nobody takes a month for a day.
    func date(_ date: CivilDate) -> String {
        let month = DocumentWords.of(language).months[date.month - 1]
        switch language {
        case .english, .french, .arabic: return "\(date.day) \(month) \(date.year)"
        case .german: return "\(date.day). \(month) \(date.year)"
        case .spanish: return "\(date.day) de \(month) de \(date.year)"
        }
    }

    /// Does not break a line.
    private static let space = "\u{A0}"

    private var separators: (group: String, fraction: String) {
        switch language {
        case .english, .arabic: (",", ".")
        case .german, .spanish: (".", ",")
        case .french: ("\u{202F}", ",")
        }
    }

    /// The symbols that mean one currency; the others are written with their code.
    private static let symbols = [
        "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪", "UAH": "₴",
        "VND": "₫",
        "TRY": "₺", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "BRL": "R$", "MXN": "MX$", "CNY": "CN¥",
        "HKD": "HK$",
    ]
}

import Primitives

/// Writes letters: a pure function of who, whom and what.
public enum LetterWriter {
    /// Writes a letter.
    public static func write(_ request: LetterRequest) -> Letter {
        let (facts, language) = (request.facts, request.language)
        let words = LetterWords.words(request.kind, language, facts)
        func filled(_ sentence: String) -> String {
            sentence.filling([
                "sender": request.senderName, "number": facts.number ?? "",
                "due": facts.dueDate.map { language.text($0) } ?? "", "note": facts.creditNoteNumber ?? "",
                "next": facts.nextAttemptOn.map { language.text($0) } ?? "",
                "card": facts.card?.last4 ?? "",
                "expires": facts.card.map { language.text($0.expiresOn) } ?? "",
            ])
        }
        let action = words.action.flatMap { label in
            request.link.map { Letter.Action(label: label, address: $0) }
        }
        return Letter(
            subject: own(facts.subject, request) ?? filled(words.subject),
            greeting: greeting(request.recipientName, language),
            paragraphs: own(facts.intro, request).map(paragraphs) ?? words.paragraphs.map(filled),
            rows: rows(request), action: action, note: words.note,
            signature: [request.senderName] + lines(of: request.senderAddress), language: language)
    }

    /// The sender's own words; what is put in is text like all others, and a place that nothing is known of stays empty.
    private static func own(_ text: String?, _ request: LetterRequest) -> String? {
        let (facts, language) = (request.facts, request.language)
        return text?.filling([
            "number": facts.number ?? "", "title": facts.title ?? "",
            "amount": facts.money.map { language.text($0) } ?? "",
            "due_date": facts.dueDate.map { language.text($0) } ?? "",
            "client_name": request.recipientName ?? "", "sender_name": request.senderName,
        ])
    }

    private static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .split { $0.allSatisfy(\.isWhitespace) }
            .map { $0.joined(separator: "\n") }
    }

    private static func greeting(_ name: String?, _ language: MailLanguage) -> String {
        switch language {
        case .english: name.map { "Hello \($0)," } ?? "Hello,"
        case .german: name.map { "Guten Tag \($0)," } ?? "Guten Tag,"
        }
    }

    private static func rows(_ request: LetterRequest) -> [Letter.Row] {
        let (facts, language) = (request.facts, request.language)
        let isGerman = language == .german
        var rows: [Letter.Row] = []
        if let number = facts.number {
            rows.append(Letter.Row(label: isGerman ? "Rechnung" : "Invoice", value: number))
        }
        if let number = facts.creditNoteNumber {
            rows.append(Letter.Row(label: isGerman ? "Gutschrift" : "Credit note", value: number))
        }
        if let title = facts.title {
            rows.append(Letter.Row(label: isGerman ? "Betreff" : "Title", value: title))
        }
        if let parts = facts.instalments { rows.append(instalmentRow(parts, facts.currency, language)) }
        if let money = facts.money {
            rows.append(Letter.Row(label: amountLabel(request.kind, isGerman), value: language.text(money)))
        }
        if let reason = facts.reason {
            rows.append(Letter.Row(label: isGerman ? "Grund" : "Reason", value: reason))
        }
        if let dueDate = facts.dueDate {
            rows.append(
                Letter.Row(label: isGerman ? "Zahlbar bis" : "Due by", value: language.text(dueDate)))
        }
        if let actedAt = facts.actedAt {
            rows.append(Letter.Row(label: isGerman ? "Wann" : "When", value: language.text(actedAt)))
        }
        if let network = facts.network {
            rows.append(Letter.Row(label: isGerman ? "Aus dem Netz" : "From the network", value: network))
        }
        return rows
    }

    /// `Instalment 1 of 3: €40.00`, or `Instalments 1–2 of 3`.
    private static func instalmentRow(
        _ parts: MailInstalments, _ currency: Currency?, _ language: MailLanguage
    ) -> Letter.Row {
        let isOne = parts.first == parts.last
        let numbers = isOne ? "\(parts.first)" : "\(parts.first)–\(parts.last)"
        let label: String
        let which: String
        switch language {
        case .english: (label, which) = (isOne ? "Instalment" : "Instalments", "\(numbers) of \(parts.count)")
        case .german: (label, which) = (isOne ? "Rate" : "Raten", "\(numbers) von \(parts.count)")
        }
        guard let currency, let amount = parts.amountMinor else {
            return Letter.Row(label: label, value: which)
        }
        let money = language.text(Money(minorUnits: amount, currency: currency))
        return Letter.Row(label: "\(label) \(which)", value: money)
    }

    private static func amountLabel(_ kind: MailKind, _ isGerman: Bool) -> String {
        switch kind {
        case .creditNote: isGerman ? "Gutgeschriebener Betrag" : "Amount credited"
        case .receipt: isGerman ? "Bezahlter Betrag" : "Amount paid"
        default: isGerman ? "Offener Betrag" : "Amount due"
        }
    }

    private static func lines(of address: String?) -> [String] {
        (address ?? "").split(whereSeparator: \.isNewline).map(String.init)
    }
}

extension String {
    /// The text with `{name}` replaced once; what is put in is never looked at again.
    func filling(_ values: [String: String]) -> String {
        var result = ""
        var rest = self[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            result += values[name] ?? "{\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

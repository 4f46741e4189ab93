import Primitives

extension FieldReader {
    /// A text of one line that is not blank: what stands in the headers of mails and beside names.
    func line(_ name: String, maximumLength: Int) -> String? {
        guard let text = string(name, minimumLength: 1, maximumLength: maximumLength) else { return nil }
        guard !text.contains(where: { $0.isNewline || $0 == "\t" }) else {
            refuse(name, "malformed", "This must be one line.")
            return nil
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            refuse(name, "too_short", "This must not be blank.")
            return nil
        }
        return text
    }
}

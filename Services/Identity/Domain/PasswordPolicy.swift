/// Which passwords are taken: long enough, not too long to hash, and not among the first that anybody would try.
///
/// No rules about digits and signs: they make passwords worse (NIST SP 800-63B).
public enum PasswordPolicy {
    /// The fewest characters.
    public static let minimumLength = 10
    /// The most bytes in UTF-8.
    public static let maximumBytes = 1024

    /// Why a password is not taken.
    public enum Violation: Error, Sendable, Hashable, CaseIterable {
        /// Fewer characters than needed.
        case tooShort
        /// More bytes than are hashed.
        case tooLong
        /// Among the first that are tried, or one character again and again, or a plain sequence.
        case tooCommon
        /// The name or the address of the account, or nearly.
        case tooPersonal
    }

    /// Checks a password that somebody chooses.
    ///
    /// - Parameters:
    ///   - password: What was typed.
    ///   - email: The account's address.
    /// - Throws: `Violation`.
    public static func check(_ password: String, email: EmailAddress) throws(Violation) {
        guard password.utf8.count <= maximumBytes else { throw .tooLong }
        guard password.unicodeScalars.count >= minimumLength else { throw .tooShort }
        let lowered = password.lowercased()
        guard !isCommon(lowered) else { throw .tooCommon }
        let local = email.localPart
        let rest = lowered.replacing(email.key, with: "").replacing(local, with: "")
        guard local.count < 4 || rest.count == lowered.count || rest.count >= 6 else { throw .tooPersonal }
    }

    private static func isCommon(_ lowered: String) -> Bool {
        let core = lowered.filter { $0.isLetter }
        let digits = lowered.filter { $0.isNumber }
        if Set(lowered).count <= 2 { return true }
        if commonWords.contains(core),
            core.count + digits.count == lowered.count || lowered.count - core.count <= 4
        {
            return true
        }
        return sequences.contains { $0.contains(lowered) }
    }

    private static let commonWords: Set<String> = [
        "password", "passwort", "motdepasse", "contrasena", "qwerty", "qwertz", "azerty", "qwertyuiop",
        "iloveyou",
        "letmein", "welcome", "willkommen", "admin", "administrator", "football", "baseball", "dragon",
        "monkey",
        "sunshine", "princess", "master", "superman", "batman", "trustno", "changeme", "secret", "starwars",
        "computer",
        "michael", "jennifer", "charlie", "whatever", "hello", "hallo", "abc", "abcd", "test", "testtest",
        "duely",
        "invoice", "passwordpassword",
    ]

    private static let sequences = [
        "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba", "01234567890123456789",
        "98765432109876543210",
        "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "1q2w3e4r5t6y7u8i9o0p",
        "1qaz2wsx3edc4rfv5tgb6yhn",
    ]
}

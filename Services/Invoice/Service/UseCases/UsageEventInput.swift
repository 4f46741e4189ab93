import InvoiceDomain
import Postgres
import Primitives

/// What a sender says was used.
enum UsageEventInput {
    /// What the name of a meter looks like, in words.
    static let meterForm = "1 to 100 lower-case letters, digits, underscores, hyphens or points"

    /// Reads the name of a meter.
    static func meter(_ text: String) -> String? {
        let isName =
            (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
        return isName ? text : nil
    }
}

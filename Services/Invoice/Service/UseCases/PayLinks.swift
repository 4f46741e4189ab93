import Crypto
import Primitives

/// Makes the addresses of pay links and seals them for the one service that writes mails.
struct PayLinks: Sendable {
    let keys: PayLinkKeyRing
    let sealingKey: SealingKey
    /// Where links lead unless an organization has a domain of its own.
    let publicURL: String

    /// The sealing key is a point that no secret key has: a mistake in the settings.
    struct UnusableSealingKey: Error {}

    func token(number: String, invoiceID: InvoiceID, generation: Int64) -> String {
        let link = PayLink(
            number: number, invoiceID: invoiceID.raw, generation: UInt32(truncatingIfNeeded: generation))
        return keys.mint(link).text
    }

    func address(number: String, invoiceID: InvoiceID, generation: Int64, domain: String?) -> String {
        let base = domain.map { "https://\($0)" } ?? publicURL
        return "\(base)/pay/invoice/\(token(number: number, invoiceID: invoiceID, generation: generation))"
    }

    func sealed(_ link: String) throws(UnusableSealingKey) -> String {
        guard let sealed = sealingKey.seal(Array(link.utf8)) else { throw UnusableSealingKey() }
        return Base64URL.encode(sealed)
    }
}

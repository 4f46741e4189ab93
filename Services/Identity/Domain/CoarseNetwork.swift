/// The network that an address belongs to, roughly: enough to know the own, too little to find anybody.
public struct CoarseNetwork: Sendable, Hashable {
    /// Such as `192.0.2.*` or `2001:db8:17:*`.
    public let text: String

    /// The network of an address.
    ///
    /// - Parameter address: An IPv4 or IPv6 address as text; of anything else nothing is told.
    public init(of address: String) {
        let groups = address.split(separator: ":", omittingEmptySubsequences: false)
        // An IPv4 address may be written as the end of an IPv6 address.
        let octets = (groups.last ?? "").split(separator: ".", omittingEmptySubsequences: false)
        if octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) {
            text = octets.dropLast().joined(separator: ".") + ".*"
        } else if groups.count > 2, groups.allSatisfy({ $0.isEmpty || UInt16($0, radix: 16) != nil }) {
            text = (groups.prefix(3).prefix { !$0.isEmpty } + ["*"]).joined(separator: ":")
        } else {
            text = "?"
        }
    }
}

// The socket headers come in with the C module.
import CMicrohttpd
import Glibc

/// An IPv4 or IPv6 address as 16 bytes; IPv4 in its mapped form, so that both compare in one way.
public struct IPAddress: Sendable, Hashable {
    let bytes: [UInt8]

    /// Reads an address; nil when the text is not one.
    public init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = Self.mappedPrefix + withUnsafeBytes(of: &four) { Array($0) }
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        bytes = withUnsafeBytes(of: &six) { Array($0) }
    }

    static let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
}

/// A range of addresses: `10.0.0.0/8`, `::1`, `2001:db8::/32`.
public struct IPAddressRange: Sendable, Hashable {
    private let base: IPAddress
    private let prefixBits: Int

    /// Reads a range; nil when the text is not one.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(String(parts[0])) else { return nil }
        let isFour = !parts[0].contains(":")
        self.base = base
        guard parts.count == 2 else {
            prefixBits = 128
            return
        }
        guard let bits = Int(parts[1]), (0...(isFour ? 32 : 128)).contains(bits) else { return nil }
        prefixBits = isFour ? bits + 96 : bits
    }

    /// Whether the address lies in the range.
    public func contains(_ address: IPAddress) -> Bool {
        let wholeBytes = prefixBits / 8
        guard base.bytes.prefix(wholeBytes) == address.bytes.prefix(wholeBytes) else { return false }
        guard prefixBits % 8 != 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (prefixBits % 8))
        return base.bytes[wholeBytes] & mask == address.bytes[wholeBytes] & mask
    }
}

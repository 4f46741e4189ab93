import Glibc

/// Tells public addresses from those of an operator's own network.
enum PublicAddress {
    /// Whether an address may be reached on behalf of somebody who entered it.
    static func isPublic(_ address: UnsafePointer<sockaddr>) -> Bool {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let value = raw.load(as: sockaddr_in.self).sin_addr
            return isPublicIPv4(withUnsafeBytes(of: value) { Array($0) })
        case AF_INET6:
            let value = raw.load(as: sockaddr_in6.self).sin6_addr
            return isPublicIPv6(withUnsafeBytes(of: value) { Array($0) })
        default: return false
        }
    }

    /// Four bytes in network order; the blocks are those of the IANA special-purpose registry.
    static func isPublicIPv4(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 4 else { return false }
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (169, 254, _), (172, 16...31, _), (192, 168, _): return false
        case (100, 64...127, _), (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _): return false
        case (198, 51, 100), (203, 0, 113), (224...255, _, _): return false
        default: return true
        }
    }

    /// Sixteen bytes in network order; addresses that carry an IPv4 address are judged by that one.
    static func isPublicIPv6(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 16 else { return false }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return isPublicIPv4(Array(bytes[12...]))
        }
        let isTranslated = bytes.prefix(12) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        if isTranslated { return isPublicIPv4(Array(bytes[12...])) }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return isPublicIPv4(Array(bytes[2..<6])) }
        // Only 2000::/3 is handed out; documentation, Teredo and ORCHID lie inside it.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        if bytes[0] == 0x20, bytes[1] == 0x01 {
            let isDocumentation = bytes[2] == 0x0D && bytes[3] == 0xB8
            let isProtocolBlock = bytes[2] < 0x02
            return !isDocumentation && !isProtocolBlock
        }
        return true
    }
}

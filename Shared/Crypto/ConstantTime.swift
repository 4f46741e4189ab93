import CSodium

/// Compares two byte strings in a time that depends on their length only.
///
/// Every comparison of a secret, a MAC or a hash of a secret goes through here: an ordinary comparison stops at the
/// first difference and tells an attacker how far a guess was right.
///
/// - Parameters:
///   - left: One side; its length is not secret.
///   - right: The other side.
/// - Returns: Whether both have the same length and bytes.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    Sodium.require()
    return sodium_memcmp(left, right, left.count) == 0
}

import COpenSSL

/// Keyed message authentication of RFC 2104.
public enum HMAC {
    /// HMAC with SHA-256.
    ///
    /// - Parameters:
    ///   - message: What is authenticated.
    ///   - key: The shared secret; not empty.
    /// - Returns: 32 bytes.
    public static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(!key.isEmpty && key.count <= Int(Int32.max))
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, initialized in
            let code = COpenSSL.HMAC(
                EVP_sha256(), key, Int32(key.count), message, message.count, buffer.baseAddress, nil)
            precondition(code != nil, "OpenSSL has no HMAC-SHA-256")
            initialized = SHA256.byteCount
        }
    }

    /// The length of an HMAC-SHA-1 in bytes.
    public static let sha1ByteCount = 20

    /// HMAC with SHA-1, for one-time passwords only: their applications know nothing else.
    ///
    /// - Parameters:
    ///   - message: What is authenticated.
    ///   - key: The shared secret; not empty.
    /// - Returns: 20 bytes.
    public static func sha1(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(!key.isEmpty && key.count <= Int(Int32.max))
        return [UInt8](unsafeUninitializedCapacity: sha1ByteCount) { buffer, initialized in
            let code = COpenSSL.HMAC(
                EVP_sha1(), key, Int32(key.count), message, message.count, buffer.baseAddress, nil)
            precondition(code != nil, "OpenSSL has no HMAC-SHA-1")
            initialized = sha1ByteCount
        }
    }

    /// Whether a code belongs to a message, compared in constant time.
    ///
    /// - Parameters:
    ///   - code: The full 32-byte code that came with the message.
    ///   - message: The message.
    ///   - key: The shared secret; not empty.
    /// - Returns: Whether the sender knew the key.
    public static func isValidSHA256(_ code: [UInt8], for message: [UInt8], key: [UInt8]) -> Bool {
        constantTimeEquals(code, sha256(message, key: key))
    }
}

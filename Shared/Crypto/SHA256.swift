import COpenSSL

/// SHA-256 of FIPS 180-4.
public enum SHA256 {
    /// The length of a digest in bytes.
    public static let byteCount = 32

    /// The digest of a byte string.
    ///
    /// - Parameter bytes: The input, of any length.
    /// - Returns: 32 bytes.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            let done = EVP_Digest(bytes, bytes.count, buffer.baseAddress, nil, EVP_sha256(), nil)
            precondition(done == 1, "OpenSSL has no SHA-256")
            initialized = byteCount
        }
    }

    /// The digest of a text's UTF-8 bytes.
    ///
    /// - Parameter text: The input.
    /// - Returns: 32 bytes.
    public static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }
}

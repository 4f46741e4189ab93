import CSodium

/// Bytes from the system's cryptographic random source.
public enum Random {
    /// Unpredictable bytes, fit for keys and tokens.
    ///
    /// - Parameter count: How many; not negative.
    /// - Returns: That many bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0)
        Sodium.require()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress { randombytes_buf(base, count) }
            initialized = count
        }
    }
}

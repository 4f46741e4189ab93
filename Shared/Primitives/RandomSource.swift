import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Random words from the kernel, fetched 256 bytes at a time: one system call for 32 words.
enum RandomSource {
    private struct Buffer {
        var words: [UInt64] = []
    }

    private static let wordCount = 32
    private static let buffer = Mutex(Buffer())

    static func word() -> UInt64 {
        buffer.withLock { buffer in
            if buffer.words.isEmpty { buffer.words = fresh() }
            return buffer.words.removeLast()
        }
    }

    private static func fresh() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: wordCount) { storage, count in
            // The kernel's source cannot fail once seeded, and 256 bytes are what one call may ask for.
            let result = getentropy(UnsafeMutableRawPointer(storage.baseAddress), wordCount * 8)
            precondition(result == 0, "the kernel's random source failed")
            count = wordCount
        }
    }
}

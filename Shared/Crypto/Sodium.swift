import CSodium

/// The one place where libsodium is initialised.
enum Sodium {
    private static let isReady = sodium_init() >= 0

    /// Makes sure the library is usable; every entry into libsodium passes here first.
    ///
    /// Initialisation fails only when the kernel has no random source, and then nothing of this process may run.
    static func require() {
        precondition(isReady, "libsodium cannot be initialised: the system has no source of randomness")
    }
}

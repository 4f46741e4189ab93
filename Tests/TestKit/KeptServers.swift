import Synchronization

/// Holds the shared servers for as long as the process lives; their scripts stop them when it ends.
enum KeptServers {
    private static let kept = Mutex<[LocalServer]>([])

    static func keep(_ server: LocalServer) { kept.withLock { $0.append(server) } }
}

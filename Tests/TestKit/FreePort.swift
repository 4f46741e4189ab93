import Glibc

/// Ports for servers that tests start.
public enum FreePort {
    /// A port nobody listens on, below the range from which the kernel lends ports to clients.
    public static func find() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 10_000..<30_000)
            if canBind(port) { return port }
        }
        throw ChildProcess.Failure(description: "no free port between 10000 and 30000")
    }

    private static func canBind(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_ANY
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

// The socket headers come in with the C module.
import CMicrohttpd
import Glibc

/// A TCP socket that listens; made here and not by libmicrohttpd, which would hide why it failed.
struct ListeningSocket {
    let descriptor: Int32
    let port: Int

    private static let backlog: Int32 = 1_024

    init(address: String, port: Int) throws(HTTPServerError) {
        guard let parsed = IPAddress(address), let requested = UInt16(exactly: port) else {
            throw HTTPServerError(code: .malformedAddress, message: "\(address) port \(port)")
        }
        let isFour = !address.contains(":")
        let descriptor = socket(isFour ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("socket") }
        do throws(HTTPServerError) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            // A restart may listen again while connections of the last run linger; two running servers may not share.
            var yes: Int32 = 1
            _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            let bound =
                isFour
                ? Self.bindFour(descriptor, parsed, requested) : Self.bindSix(descriptor, parsed, requested)
            guard bound == 0 else { throw Self.failure("bind to \(address) port \(port)") }
            guard listen(descriptor, Self.backlog) == 0 else { throw Self.failure("listen") }
            self.port = try Self.port(of: descriptor)
            self.descriptor = descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func bindFour(_ descriptor: Int32, _ address: IPAddress, _ port: UInt16) -> Int32 {
        var socketAddress = sockaddr_in()
        socketAddress.sin_family = sa_family_t(AF_INET)
        socketAddress.sin_port = port.bigEndian
        withUnsafeMutableBytes(of: &socketAddress.sin_addr) { $0.copyBytes(from: address.bytes.suffix(4)) }
        return withUnsafePointer(to: &socketAddress) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func bindSix(_ descriptor: Int32, _ address: IPAddress, _ port: UInt16) -> Int32 {
        var socketAddress = sockaddr_in6()
        socketAddress.sin6_family = sa_family_t(AF_INET6)
        socketAddress.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &socketAddress.sin6_addr) { $0.copyBytes(from: address.bytes) }
        return withUnsafePointer(to: &socketAddress) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    private static func port(of descriptor: Int32) throws(HTTPServerError) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { throw failure("getsockname") }
        // The port lies at the same place in both families.
        return withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
    }

    private static func failure(_ step: String) -> HTTPServerError {
        HTTPServerError(code: .cannotListen, message: "\(step): \(String(cString: strerror(errno)))")
    }
}

import CPostgres
import Glibc

/// Starts threads of our own, for libpq's blocking calls: Swift's cooperative pool must never block.
enum PosixThread {
    /// Runs `body` on a new detached thread, whose name is cut to the 15 bytes that Linux keeps.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(PostgresError) {
        let box = Unmanaged.passRetained(ThreadBody(name: String(name.prefix(15)), run: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
                cpg_name_thread(body.name)
                body.run()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw PostgresError(
                code: .insufficientResources, message: "no thread for \(name): errno \(result)")
        }
        pthread_detach(thread)
    }
}

private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

import CRabbitMQ

/// An operating-system thread of its own, for calls that block.
enum DedicatedThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// The kernel keeps this many characters of a thread's name.
    private static let nameMaximum = 15

    /// Starts a thread that runs the body once; throws if the system has no more threads.
    static func start(_ name: String, _ run: @escaping @Sendable () -> Void) throws(AMQPError) {
        let body = Unmanaged.passRetained(Body(name: String(name.prefix(nameMaximum)), run: run))
        let status = cr_thread_start(
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                cr_thread_prepare(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        guard status == 0 else {
            body.release()
            throw AMQPError(code: .connectionFailed, message: "no thread could be started: \(status)")
        }
    }
}

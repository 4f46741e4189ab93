import CCurl
import Glibc

/// Starts the thread of a loop.
enum LoopThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs a body on a thread of its own.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                ccurl_name_thread(body.name)
                LoopThread.blockBrokenPipe()
                body.run()
                return nil
            }, box.toOpaque())
        precondition(code == 0, "the system refuses another thread")
        pthread_detach(thread)
    }

    /// Writing to a connection that the peer closed raises SIGPIPE inside the TLS library; the error is enough.
    private static func blockBrokenPipe() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

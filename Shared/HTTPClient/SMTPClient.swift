/// Hands mails to one mail server: connections are kept open and reused, one thread for all.
public struct SMTPClient: Sendable {
    private final class Connection: Sendable {
        let loop: TransferLoop

        init(_ configuration: SMTPConfiguration) {
            loop = TransferLoop(
                maximumTransfers: configuration.maximumConnections,
                maximumWaiting: configuration.maximumWaiting)
            loop.run(name: "smtp-client")
        }

        deinit { loop.stop() }
    }

    private let configuration: SMTPConfiguration
    private let connection: Connection

    /// Starts the client's thread; it ends with the last copy of this value.
    ///
    /// - Parameter configuration: The server and how to talk to it.
    public init(configuration: SMTPConfiguration) {
        self.configuration = configuration
        connection = Connection(configuration)
    }

    /// Sends a mail and waits until the server has taken it for all recipients.
    ///
    /// - Parameter mail: The mail.
    /// - Throws: `SMTPError`, with the class of the server's reply.
    public func send(_ mail: OutgoingMail) async throws(SMTPError) {
        if Task.isCancelled { throw .cancelled(mayHaveBeenTaken: false) }
        let loop = connection.loop
        let id = loop.newID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<Void, SMTPError>, Never>) in
                let exchange = SMTPExchange(mail: mail, configuration: configuration) {
                    continuation.resume(returning: $0)
                }
                loop.start(id: id, exchange: exchange)
                // A cancellation that came before the start found nothing to cancel.
                if Task.isCancelled { loop.cancel(id: id) }
            }
        } onCancel: {
            loop.cancel(id: id)
        }
        try result.get()
    }

    /// Ends every mail under way and then the thread.
    public func stop() { connection.loop.stop() }
}

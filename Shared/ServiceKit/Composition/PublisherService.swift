import AMQP
import Lifecycle

/// A publisher among the services of a process, so that it ends after those that publish through it.
///
/// It connects by itself as soon as it exists; stopping it waits for the confirms that are still on their way.
struct PublisherService: Service {
    let label: String
    let publisher: AMQPPublisher

    func start() async throws {}

    func stop() async { await publisher.stop() }
}

import Primitives
import TestKit

extension Northwind {
    /// Asks until there is an answer that is no accident, under one key: what a careful client does while services die.
    ///
    /// Whoever asks is signed in anew each time, which fails while identity is away.
    func insist(
        as signIn: @Sendable (Northwind) async throws -> APIClient, _ method: String, _ path: String,
        _ json: String? = nil, within limit: Duration = .seconds(120)
    ) async throws -> APIClient.Reply {
        let key = RawID.random().uuidString
        return try await eventually(within: limit, every: .milliseconds(200), "an answer to \(path)") {
            do {
                let reply = try await signIn(self).send(method, path, json, key: key)
                let isAccident =
                    reply.status >= 500 || reply.status == 429 || reply["code"] == "request_in_flight"
                return isAccident ? nil : reply
            } catch {
                return nil
            }
        }
    }

    func insistAsSender(_ method: String, _ path: String, _ json: String? = nil) async throws
        -> APIClient.Reply
    { try await insist(as: { try await $0.sender() }, method, path, json) }

    func insistAsClient(_ method: String, _ path: String, _ json: String? = nil) async throws
        -> APIClient.Reply
    { try await insist(as: { try await $0.client() }, method, path, json) }
}

public import HTTPServer
import Primitives
import Synchronization

/// The gateway over HTTP.
public struct GatewayRoutes: Sendable {
    private let gateway: Gateway
    private let webhooks: Webhooks
    private let control: GatewayControl

    /// Routes to this gateway, telling its events through these webhooks.
    public init(gateway: Gateway, webhooks: Webhooks) {
        self.gateway = gateway
        self.webhooks = webhooks
        control = GatewayControl(gateway: gateway, webhooks: webhooks)
    }

    /// The router with the API, the control routes and the ledger.
    public func router() -> Router {
        var router = Router()
        for template in ["/v1/{a}", "/v1/{a}/{b}", "/v1/{a}/{b}/{c}"] {
            for method in [HTTPMethod.get, .post, .delete] { router.add(method, template, api) }
        }
        router.get("/_ledger") { request in
            response(control.ledger(request.query.map { ($0.name, $0.value) }))
        }
        router.get("/_control/status") { _ in response(control.status()) }
        router.post("/_control/faults") {
            try ordered($0) { order throws(GatewayError) in try control.addFault(order) }
        }
        router.delete("/_control/faults") { _ in response(control.removeFaults()) }
        router.post("/_control/declines") {
            try ordered($0) { order throws(GatewayError) in try control.decline(order) }
        }
        router.post("/_control/disputes") {
            try ordered($0) { order throws(GatewayError) in try control.dispute(order) }
        }
        router.post("/_control/webhooks") {
            try ordered($0) { order throws(GatewayError) in try control.addWebhook(order) }
        }
        router.delete("/_control/webhooks") { _ in response(control.removeWebhooks()) }
        router.post("/_control/authenticate") {
            try ordered($0) { order throws(GatewayError) in
                guard let id = order["intent"]?.string else { throw .required("intent") }
                return try control.authenticate(id, succeeds: order["succeeds"]?.bool ?? true)
            }
        }
        router.get("/_authenticate/{id}") { request in authenticationPage(request) }
        router.post("/_authenticate/{id}") { request in try finishAuthentication(request) }
        return router
    }

    private func api(_ request: HTTPRequest) async throws -> HTTPResponse {
        let call: Call
        do throws(GatewayError) {
            call = try Call(
                method: request.method.rawValue, path: request.path,
                query: request.query.map { ($0.name, $0.value) },
                body: request.body, authorization: request.headers["authorization"],
                idempotencyKey: request.headers["idempotency-key"])
        } catch {
            return response(Answer(error))
        }
        let delivery = await gateway.handle(call)
        gateway.tellEvents(webhooks)
        switch delivery {
        case .answer(let answer): return response(answer)
        case .cutConnection: return .noAnswer
        }
    }

    private func ordered(
        _ request: HTTPRequest, _ run: (JSONNode) throws(GatewayError) -> Answer
    ) throws -> HTTPResponse {
        let order = try request.json()
        do throws(GatewayError) { return response(try run(order)) } catch { return response(Answer(error)) }
    }

    /// Browsers of any origin may read the answers: that is how a card number gets here without passing the seller.
    private func response(_ answer: Answer) -> HTTPResponse {
        var response = HTTPResponse.json(answer.status, answer.body)
        for header in answer.headers { response.headers.set(header.name, header.value) }
        response.headers.set("Access-Control-Allow-Origin", "*")
        return response
    }

    private func authenticationPage(_ request: HTTPRequest) -> HTTPResponse {
        .html(
            200,
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Confirm your payment</title>
            <h1>Your bank wants you to confirm</h1>
            <form method="post"><button name="outcome" value="success">Confirm</button>
            <button name="outcome" value="failure">Refuse</button></form></html>
            """)
    }

    private func finishAuthentication(_ request: HTTPRequest) throws -> HTTPResponse {
        do throws(GatewayError) {
            let form = try FormBody(parsing: request.body)
            let id = request.parameters["id"]
            let back = gateway.inside.withLock {
                $0.state.intents[id]?.returnURL ?? $0.state.setupIntents[id]?.returnURL
            }
            _ = try control.authenticate(id, succeeds: form["outcome"] == "success")
            guard let back else {
                return .html(200, "<!doctype html><title>Done</title><p>You can close this page.")
            }
            return .redirect(to: back)
        } catch {
            return response(Answer(error))
        }
    }
}

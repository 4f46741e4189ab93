import Primitives
import Synchronization

/// What tests order and ask beside the API: faults, declines, authentication, the ledger.
struct GatewayControl: Sendable {
    let gateway: Gateway
    let webhooks: Webhooks

    /// Adds a fault: `{"kind": …, "path": …, "body_contains": …, "times": …, "every": …, "delay_ms": …, "retry_after": …}`.
    func addFault(_ order: JSONNode) throws(GatewayError) -> Answer {
        let fault = try gateway.inside.withLock { inside throws(GatewayError) in try inside.faults.add(order)
        }
        return object { $0.member("id", fault.id) }
    }

    func removeFaults() -> Answer {
        gateway.inside.withLock { $0.faults.removeAll() }
        return object { $0.member("removed", true) }
    }

    /// Every charge of this payment method, or of the card with this fingerprint, is declined from now on; without a
    /// code it is what its number says again.
    func decline(_ order: JSONNode) throws(GatewayError) -> Answer {
        guard let card = order["payment_method"]?.string ?? order["fingerprint"]?.string else {
            throw .required("payment_method")
        }
        let decline = order["decline_code"]?.string.map {
            Decline(code: order["code"]?.string ?? "card_declined", declineCode: $0)
        }
        gateway.inside.withLock { $0.state.declines[card] = decline }
        return object { $0.member("declines", decline != nil) }
    }

    func authenticate(_ id: String, succeeds: Bool) throws(GatewayError) -> Answer {
        let now = gateway.now()
        let body = try gateway.inside.withLock { inside throws(GatewayError) in
            try inside.state.authenticate(id, succeeds: succeeds, CallContext(now: now))
        }
        gateway.tellEvents(webhooks)
        return Answer(body: body)
    }

    /// The holder objects to a captured payment, or the bank decides: `{"payment_intent": …, "status": "needs_response"}`.
    func dispute(_ order: JSONNode) throws(GatewayError) -> Answer {
        guard let id = order["payment_intent"]?.string else { throw .required("payment_intent") }
        let status = order["status"]?.string ?? "needs_response"
        let now = gateway.now()
        let body = try gateway.inside.withLock { inside throws(GatewayError) in
            try inside.state.dispute(id, status: status, CallContext(now: now))
        }
        gateway.tellEvents(webhooks)
        return Answer(body: body)
    }

    /// Registers an endpoint for all events.
    func addWebhook(_ order: JSONNode) throws(GatewayError) -> Answer {
        guard let url = order["url"]?.string, url.hasPrefix("http") else { throw .required("url") }
        let secret = order["secret"]?.string ?? GatewayState.newID("whsec")
        webhooks.add(url: url, secret: secret)
        gateway.inside.withLock { $0.state.hasWebhooks = true }
        return object { $0.member("secret", secret) }
    }

    func removeWebhooks() -> Answer {
        webhooks.removeAll()
        gateway.inside.withLock { $0.state.hasWebhooks = false }
        return object { $0.member("removed", true) }
    }

    func status() -> Answer {
        let requests = gateway.inside.withLock { $0.requests }
        let counts = webhooks.counts
        return object { writer in
            writer.member("requests", requests)
            writer.member("webhook_endpoints", counts.endpoints)
            writer.member("webhooks_pending", counts.pending)
            writer.member("webhooks_delivered", counts.delivered)
            writer.member("webhooks_given_up", counts.givenUp)
        }
    }

    /// The truth: sums, captures per group (`group=payment_id` or `group=idempotency_key`), or single captures
    /// (any other query names metadata values they must have; `details=true` lists all).
    func ledger(_ query: [(String, String)]) -> Answer {
        let ledger = gateway.inside.withLock { $0.state.ledger }
        return object { writer in
            write(ledger.total, &writer)
            writer.member("declines", ledger.declines)
            writer.member("forgotten", ledger.forgotten)
            writer.key("currencies")
            writer.beginObject()
            for (currency, sum) in ledger.sums.sorted(by: { $0.key < $1.key }) {
                writer.key(currency)
                writer.beginObject()
                write(sum, &writer)
                writer.endObject()
            }
            writer.endObject()
            let names = Dictionary(query, uniquingKeysWith: { $1 })
            if let group = names["group"] { writeGroups(ledger.groups(by: group), &writer) }
            let metadata = names.filter { $0.key != "group" && $0.key != "details" }
            if names["details"] == "true" || !metadata.isEmpty {
                writeEntries(ledger.entries(matching: metadata), &writer)
            }
        }
    }

    private func writeGroups(_ groups: [String: Ledger.Sum], _ writer: inout JSONWriter) {
        writer.key("groups")
        writer.beginObject()
        for (name, sum) in groups.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.beginObject()
            write(sum, &writer)
            writer.endObject()
        }
        writer.endObject()
    }

    private func writeEntries(_ entries: [Ledger.Entry], _ writer: inout JSONWriter) {
        writer.key("entries")
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.member("payment_intent", entry.intent)
            writer.member("charge", entry.charge)
            writer.member("captured", entry.amount)
            writer.member("refunded", entry.refunded)
            writer.member("currency", entry.currency)
            writer.member("idempotency_key", entry.idempotencyKey)
            writer.member("at", entry.at.rfc3339)
            writer.metadata(entry.metadata)
            writer.endObject()
        }
        writer.endArray()
    }

    private func write(_ sum: Ledger.Sum, _ writer: inout JSONWriter) {
        writer.member("captures", sum.captures)
        writer.member("captured", sum.captured)
        writer.member("refunded", sum.refunded)
    }

    private func object(_ fill: (inout JSONWriter) -> Void) -> Answer {
        var writer = JSONWriter()
        writer.beginObject()
        fill(&writer)
        writer.endObject()
        return Answer(body: writer.bytes)
    }
}

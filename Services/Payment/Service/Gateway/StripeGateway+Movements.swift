import Primitives

/// The gateway's own list of what moved.
extension StripeGateway {
    private static let pageSize = 100

    func movements(
        _ kind: GatewayMovement.Kind, in span: Range<Instant>, after cursor: String?
    ) async throws(GatewayFailure) -> GatewayPage {
        let query = FormBody([
            "limit": String(Self.pageSize), "created[gte]": String(span.lowerBound.seconds),
            "created[lt]": String(span.upperBound.seconds), "starting_after": cursor,
        ])
        let path = "/v1/\(kind.rawValue)s?" + String(decoding: query.bytes, as: UTF8.self)
        let answer = try await send(request("GET", path))
        guard let list = answer["data"]?.elements, let hasMore = answer["has_more"]?.bool else {
            throw .unavailable("no list in the answer")
        }
        // What took no money is in the list as well, and may be the last of its page.
        let last = list.last?["id"]?.string
        guard !hasMore || last != nil else { throw .unavailable("no id in the list") }
        return GatewayPage(
            movements: list.compactMap { GatewayMovement(kind, of: $0) }, next: hasMore ? last : nil)
    }

    func movement(_ kind: GatewayMovement.Kind, reference: String) async throws(GatewayFailure)
        -> GatewayMovement?
    {
        let path =
            switch kind {
            case .charge: "/v1/payment_intents/\(escaped(reference))"
            case .refund: "/v1/refunds/\(escaped(reference))"
            }
        do {
            return GatewayMovement(kind, of: try await send(request("GET", path)))
        } catch .refused(let code) {
            // Only a name that is unknown there says that nothing moved.
            guard code == "resource_missing" || code == "http_404" else { throw .refused(code: code) }
            return nil
        }
    }
}

extension GatewayMovement {
    /// Money that moved, as a charge, payment intent or refund tells it; nil when none did.
    fileprivate init?(_ kind: Kind, of object: JSONNode) {
        guard let id = object["id"]?.string, let currency = object["currency"]?.string,
            let status = object["status"]?.string
        else { return nil }
        let isIntent = object["object"]?.string == "payment_intent"
        let payment = isIntent ? id : object["payment_intent"]?.string
        let amount: Int64?
        switch kind {
        case .charge:
            guard status == "succeeded" else { return nil }
            amount = (isIntent ? object["amount_received"] : object["amount_captured"])?.int64
        case .refund:
            guard status != "failed", status != "canceled" else { return nil }
            amount = object["amount"]?.int64
        }
        guard let amount, amount > 0, let payment else { return nil }
        self.init(
            kind: kind, reference: kind == .charge ? payment : id, payment: payment,
            subject: object["metadata"]?[kind == .charge ? "attempt_id" : "refund_id"]?.string,
            amountMinor: amount, currency: currency)
    }
}

/// The routes about money.
extension GatewayAPI {
    static func paymentIntents(
        _ call: Call, _ state: inout GatewayState, _ context: CallContext
    ) throws(GatewayError) -> Answer {
        let parts = call.parts
        let id = parts.count > 1 ? String(parts[1]) : ""
        let expands = call.form.elements(of: "expand").contains("latest_charge")
        func shown(_ intent: PaymentIntent) -> Answer {
            Answer(body: state.json(intent, expandsCharge: expands))
        }
        switch (call.method, parts.count) {
        case ("POST", 1): return shown(try state.createPaymentIntent(call.form, context))
        case ("GET", 1):
            let customer = call.form["customer"]
            return page(call, state.intents, url: "/v1/payment_intents") {
                customer == nil || $0.customer == customer
            } json: {
                state.json($0)
            }
        case ("GET", 2) where id == "search": return try searchPaymentIntents(call, state)
        case ("GET", 2): return shown(try state.paymentIntent(id))
        case ("POST", 3):
            switch parts[2] {
            case "confirm": return shown(try state.confirmPaymentIntent(id, call.form, context))
            case "capture": return shown(try state.capturePaymentIntent(id, call.form, context))
            case "cancel": return shown(try state.cancelPaymentIntent(id, call.form, context))
            default: throw unknown(call)
            }
        default: throw unknown(call)
        }
    }

    /// Understands `metadata['name']:'value'`, the one form of query that is needed.
    private static func searchPaymentIntents(_ call: Call, _ state: GatewayState) throws(GatewayError)
        -> Answer
    {
        guard let query = call.form["query"] else { throw .required("query") }
        let pieces = query.replacing("\"", with: "'").split(separator: "'", omittingEmptySubsequences: false)
        guard pieces.count == 5, pieces[0] == "metadata[", pieces[2] == "]:" else {
            throw .invalid("query", "This gateway only understands metadata['name']:'value'.")
        }
        let ids = state.intentsByMetadata["\(pieces[1])=\(pieces[3])"] ?? []
        let found = ids.reversed().compactMap { state.intents[$0] }.prefix(limit(call))
        return Answer(
            list: found.map { state.json($0) }, hasMore: ids.count > found.count,
            url: "/v1/payment_intents/search",
            object: "search_result")
    }

    static func charges(_ call: Call, _ state: GatewayState) throws(GatewayError) -> Answer {
        guard call.method == "GET" else { throw unknown(call) }
        guard call.parts.count == 2 else { return listCharges(call, state) }
        let id = String(call.parts[1])
        guard let intent = state.intentByCharge[id].flatMap({ state.intents[$0] }),
            let charge = intent.charges.first(where: { $0.id == id })
        else { throw .missing("charge", id) }
        return Answer(body: charge.json(of: intent))
    }

    private static func listCharges(_ call: Call, _ state: GatewayState) -> Answer {
        let customer = call.form["customer"]
        var found: [[UInt8]] = []
        var isPastCursor = call.form["starting_after"] == nil
        for id in state.intents.ids.reversed() {
            guard let intent = state.intents[id], customer == nil || intent.customer == customer else {
                continue
            }
            for charge in intent.charges.reversed() {
                guard isPastCursor else {
                    isPastCursor = charge.id == call.form["starting_after"]
                    continue
                }
                guard isWanted(charge.created, call) else { continue }
                guard found.count < limit(call) else {
                    return Answer(list: found, hasMore: true, url: "/v1/charges")
                }
                found.append(charge.json(of: intent))
            }
        }
        return Answer(list: found, hasMore: false, url: "/v1/charges")
    }

    /// Whether something was made within `created[gte]` and `created[lt]`.
    private static func isWanted(_ created: Int64, _ call: Call) -> Bool {
        let from = call.form.integer("created[gte]").map { Int64($0) } ?? .min
        let until = call.form.integer("created[lt]").map { Int64($0) } ?? .max
        return created >= from && created < until
    }

    static func refunds(
        _ call: Call, _ state: inout GatewayState, _ context: CallContext
    ) throws(GatewayError) -> Answer {
        switch (call.method, call.parts.count) {
        case ("POST", 1): return Answer(body: try state.createRefund(call.form, context).json)
        case ("GET", 1):
            let intent = call.form["payment_intent"]
            return page(call, state.refunds, url: "/v1/refunds") {
                (intent == nil || $0.paymentIntent == intent) && isWanted($0.created, call)
            } json: {
                $0.json
            }
        case ("GET", 2): return Answer(body: try state.refund(String(call.parts[1])).json)
        default: throw unknown(call)
        }
    }

    static func events(_ call: Call, _ state: GatewayState) throws(GatewayError) -> Answer {
        guard call.method == "GET" else { throw unknown(call) }
        guard call.parts.count == 1 else {
            let id = String(call.parts[1])
            guard let event = state.events[id] else { throw .missing("event", id) }
            return Answer(body: event.json)
        }
        let type = call.form["type"]
        return page(call, state.events, url: "/v1/events") {
            type == nil || $0.type == type
        } json: {
            $0.json
        }
    }

    static func page<Value>(
        _ call: Call, _ table: BoundedTable<Value>, url: String, where matches: (Value) -> Bool,
        json: (Value) -> [UInt8]
    ) -> Answer {
        let (values, hasMore) = table.page(
            limit: limit(call), after: call.form["starting_after"], where: matches)
        return Answer(list: values.map(json), hasMore: hasMore, url: url)
    }

    private static func limit(_ call: Call) -> Int { min(max(call.form.integer("limit") ?? 10, 1), 100) }
}

import Primitives

/// Everything the gateway remembers; its functions are the rules, free of sockets and threads.
struct GatewayState: Sendable {
    var customers: BoundedTable<Customer>
    var methods: BoundedTable<PaymentMethod>
    var setupIntents: BoundedTable<SetupIntent>
    var intents: BoundedTable<PaymentIntent>
    var refunds: BoundedTable<Refund>
    var events: BoundedTable<GatewayEvent>
    var ledger: Ledger
    /// Intents by "name=value" of their metadata, so that a search stays fast.
    var intentsByMetadata: [String: [String]] = [:]
    var intentByCharge: [String: String] = [:]
    /// What a test says about a card, by payment method id or fingerprint; stronger than the card number.
    var declines: [String: Decline] = [:]
    /// Events that webhooks still have to tell.
    var untoldEvents: [GatewayEvent] = []
    var hasWebhooks = false
    /// The types that the owner of the account wants to be told; empty means all.
    var toldTypes: Set<String> = []
    let authenticationURL: String

    init(limit: Int, authenticationURL: String) {
        customers = BoundedTable(limit: limit)
        methods = BoundedTable(limit: limit)
        setupIntents = BoundedTable(limit: limit)
        intents = BoundedTable(limit: limit)
        refunds = BoundedTable(limit: limit)
        events = BoundedTable(limit: min(limit, 20_000))
        ledger = Ledger(limit: limit)
        self.authenticationURL = authenticationURL
    }

    static func newID(_ prefix: String) -> String {
        // Two random identifiers hold more than the 24 letters need, and cost no call of the system each.
        let (first, second) = (RawID.random(), RawID.random())
        let words = [first.high, first.low, second.high]
        return String(unsafeUninitializedCapacity: prefix.utf8.count + 25) { buffer in
            var count = 0
            for byte in prefix.utf8 {
                buffer[count] = byte
                count += 1
            }
            buffer[count] = UInt8(ascii: "_")
            for word in words {
                var bits = word
                for _ in 0..<8 {
                    count += 1
                    buffer[count] = letters[Int(bits % 62)]
                    bits /= 62
                }
            }
            return count + 1
        }
    }

    private static let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    mutating func record(_ type: String, _ object: [UInt8], _ context: CallContext) {
        let event = GatewayEvent(
            id: GatewayState.newID("evt"), type: type, created: context.now.seconds, object: object)
        events.insert(event, id: event.id)
        if hasWebhooks, toldTypes.isEmpty || toldTypes.contains(type) { untoldEvents.append(event) }
    }

    /// Checked metadata of a request.
    static func metadata(_ form: FormBody) throws(GatewayError) -> [String: String] {
        let metadata = form.members(of: "metadata")
        guard metadata.count <= 50 else { throw .invalid("metadata", "Metadata can have up to 50 keys.") }
        for (name, value) in metadata where name.count > 40 || value.count > 500 {
            throw .invalid(
                "metadata", "Metadata names have up to 40 and values up to 500 characters: \(name).")
        }
        return metadata
    }
}

/// Where a payer's objection at the bank stands.
public enum DisputeStatus: String, Hashable, Sendable, CaseIterable {
    /// The bank has taken the money back until it decides.
    case opened
    /// The money stays with the sender.
    case won
    /// The money went back to the payer, for good.
    case lost

    /// What the gateway's word means; nil where no money is withheld, as long as the bank only asks.
    public init?(gatewayStatus word: String) {
        switch word {
        case "needs_response", "under_review": self = .opened
        case "won": self = .won
        case "lost", "charge_refunded": self = .lost
        default: return nil
        }
    }

    /// The steps from what is stored to what is told, in whatever order news come; none when it says nothing new.
    ///
    /// What was decided stays decided, and a decision about an objection that nobody has heard of opens it first.
    public static func steps(from stored: DisputeStatus?, told: DisputeStatus) -> [DisputeStatus] {
        switch (stored, told) {
        case (nil, .opened): [.opened]
        case (nil, .won), (nil, .lost): [.opened, told]
        case (.opened, .won), (.opened, .lost): [told]
        case (.opened, .opened), (.won, _), (.lost, _): []
        }
    }
}

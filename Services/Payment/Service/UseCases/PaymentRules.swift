import EventContracts
import HTTPServer
import PaymentDomain
import Primitives

/// Whether an invoice can be paid by a person now, and what they are told when not.
enum PaymentRules {
    static func check(_ view: PayableStore.View, _ wish: StartPayment.Wish, now: Instant) throws(Problem) {
        if let generation = wish.linkGeneration { try checkLink(view, generation: generation, now: now) }
        try checkOpen(view)
        guard !view.isStopped else {
            throw Problem(
                status: 503, code: "payments_stopped", title: "Payments are stopped for now",
                headers: ["Retry-After": "300"])
        }
        if let account = wish.accountID, account != view.accountID {
            throw .forbidden("This is somebody else's invoice.")
        }
    }

    static func checkOpen(_ view: PayableStore.View) throws(Problem) {
        if view.payable.isVoided { throw .conflict("invoice_voided", "This invoice was cancelled") }
        if view.payable.openMinor == 0 { throw .conflict("invoice_paid", "This invoice is paid") }
    }

    /// A link is dead when it was revoked or renewed, when its time is over, or when it was for one payment and was used.
    static func checkLink(_ view: PayableStore.View, generation: Int64, now: Instant) throws(Problem) {
        guard let link = view.link, link.generation == generation else {
            throw Problem(status: 410, code: "link_revoked", title: "This link was replaced by a newer one")
        }
        guard now < link.expiresAt else {
            throw Problem(status: 410, code: "link_expired", title: "This link has expired")
        }
        if link.isOneTime, view.usedLinkGeneration == generation, view.leasedBy == nil,
            view.payable.openMinor > 0
        {
            throw Problem(status: 410, code: "link_used", title: "This link was used already")
        }
    }

    /// What a portion comes to.
    ///
    /// - Throws: `InvalidFields` for more than is open, or for less where the sender wants everything at once.
    static func amount(
        of portion: StartPayment.Portion, _ view: PayableStore.View
    ) throws(InvalidFields) -> Int64 {
        let open = view.payable.openMinor
        switch portion {
        case .everything: return open
        case .nextInstalment: return view.instalments.next?.due ?? open
        case .exactly(let amount):
            guard amount <= open else {
                throw InvalidFields(
                    field: "amount", code: "out_of_range", message: "This is more than is open.")
            }
            guard amount == open || view.allowsPartial else {
                throw InvalidFields(
                    field: "amount", code: "partial_payment_not_allowed",
                    message: "The sender takes this invoice in one payment.")
            }
            return amount
        }
    }

    /// Refuses a card that its network does not allow to be tried now.
    static func check(_ verdict: CardTries.Verdict) throws(Problem) {
        switch verdict {
        case .allowed: break
        case .forbidden:
            throw .conflict(
                CardTries.forbiddenReason, "This card was refused for good", "Another card has to be used.")
        case .notBefore(let moment):
            throw .conflict(
                CardTries.capReason, "This card was refused too often",
                "It can be tried again from \(moment.rfc3339) on; another card can be used now.")
        case .waits: throw .unavailable("Another payment with this card is under way.")
        }
    }

    /// Nothing was taken, and nothing can be at this moment.
    static func gatewayRests(_ rest: Duration?) -> Problem {
        Problem(
            status: 503, code: "gateway_unavailable", title: "Cards cannot be charged at this moment",
            detail: "Nothing was taken; the same payment can be made later.",
            headers: ["Retry-After": "\(max(1, rest?.components.seconds ?? 0))"])
    }

    static func inProgress(_ attempt: AttemptID?) -> Problem {
        Problem(
            status: 409, code: "payment_in_progress", title: "This invoice is being paid at this moment",
            detail: attempt.map { "The attempt \($0) is under way." }, headers: ["Retry-After": "5"])
    }
}

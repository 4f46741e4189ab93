import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Takes ready attempts to send them: locks a fair selection, re-checks each, and stores what will be sent before it is.
///
/// What a wallet pays is held here; an attempt that needs no card is booked at once.
struct ClaimAttempts: Sendable {
    /// A request to send, and the lease under which its answer counts.
    struct Claimed: Sendable {
        let call: ChargeCall
        let token: RawID
    }

    let withdraw: EndAttempt
    let answers: RecordAnswer
    let clock: any WallClock
    let settings: PaymentSettings

    /// Claims up to a number of attempts.
    ///
    /// Returns what is to be sent, the organization that was served last and how many were; nil when nothing was ready.
    func callAsFunction(
        limit: Int, perOrganization: Int, after cursor: OrganizationID, in tx: borrowing Transaction
    ) throws -> (claimed: [Claimed], last: OrganizationID, organizations: Int)? {
        let now = clock.now()
        let candidates = try AttemptStore.lockReady(
            after: cursor, perOrganization: perOrganization, limit: limit, now: now, in: tx)
        guard let last = candidates.last?.organizationID else { return nil }
        var taking = Taking(
            wallets: try WalletHoldStore.lock(candidates.compactMap(\.walletKey), in: tx),
            tries: try CardTries(candidates.compactMap(\.method), now: now, in: tx))
        var waiting: [AttemptID] = []
        for candidate in candidates {
            if candidate.isPaused {
                try AttemptStore.postpone(
                    [candidate.attemptID], until: now + settings.sweepPause * 10, in: tx)
                continue
            }
            switch try check(candidate, &taking, in: tx) {
            case .failure(.refused(let refusal)):
                try withdraw.withdrawn(
                    candidate.attemptID, reason: refusal.reason,
                    planAs: refusal.isFailure ? .failed : .cancelled, in: tx)
            case .failure(.tooEarly(let moment)):
                try withdraw.putOff(candidate.attemptID, to: moment, reason: CardTries.capReason, in: tx)
            case .failure(.waits): waiting.append(candidate.attemptID)
            case .success(let means): taking.take(candidate, means)
            }
        }
        try AttemptStore.postpone(waiting, until: now + settings.sweepPause, in: tx)
        try AttemptStore.markInFlight(taking.claims, now: now, leaseUntil: now + settings.lease, in: tx)
        try WalletHoldStore.store(taking.holds, in: tx)
        for (attempt, token, outcome) in taking.outcomes {
            try answers(.answered(outcome), to: attempt, under: token, in: tx)
        }
        return (taking.calls, last, Set(candidates.map(\.organizationID)).count)
    }

    private struct Refusal: Error {
        let reason: String
        /// Whether the payer has to do something for the charge to be possible.
        var isFailure = true
    }

    /// Why an attempt is not sent now.
    private enum Obstacle: Error {
        case refused(Refusal)
        /// Its card may not be tried before.
        case tooEarly(Instant)
        /// Its card may be tried when others of its tries have ended.
        case waits
    }

    /// With what an attempt is paid.
    private struct Means {
        /// nil when it cannot be paid today.
        let split: PayWith.Split?
        var method: AttemptStore.Method?
        /// Why not.
        var decline = Decline(.insufficient, code: "wallet_insufficient")
    }

    /// What one claim takes.
    private struct Taking {
        var wallets: [WalletHoldStore.Key: Wallet]
        var tries: CardTries
        var month: [MandateID: Int64] = [:]
        var claims: [AttemptStore.Claim] = []
        var calls: [Claimed] = []
        var holds: [WalletHoldStore.Hold] = []
        /// Of attempts that need no card, or get none.
        var outcomes: [(AttemptID, RawID, GatewayOutcome)] = []

        mutating func take(_ candidate: AttemptStore.Candidate, _ means: Means) {
            let token = RawID.random()
            let split = means.split ?? PayWith.Split(walletMinor: 0, cardMinor: 0)
            claims.append(
                AttemptStore.Claim(
                    attemptID: candidate.attemptID,
                    amountMinor: means.split == nil ? candidate.amount.minorUnits : split.cardMinor,
                    token: token,
                    method: means.method))
            if split.walletMinor > 0 || candidate.held != nil { hold(candidate, split.walletMinor) }
            if means.split == nil {
                outcomes.append((candidate.attemptID, token, .refused(means.decline, reference: nil)))
            } else if split.cardMinor == 0 {
                outcomes.append(
                    (candidate.attemptID, token, .charged(reference: StartPayment.walletReference)))
            } else if let method = means.method {
                let amount = Money(minorUnits: split.cardMinor, currency: candidate.payable.currency)
                let call = ChargeCall(
                    attemptID: candidate.attemptID, paymentID: candidate.paymentID,
                    invoiceID: candidate.payable.invoiceID, number: candidate.number, amount: amount,
                    customer: method.customer, method: method.reference, isOffSession: true)
                calls.append(Claimed(call: call, token: token))
            }
        }

        private mutating func hold(_ candidate: AttemptStore.Candidate, _ amountMinor: Int64) {
            let key = candidate.key
            let before = candidate.held?.amountMinor ?? 0
            wallets[key]?.heldMinor += amountMinor - before
            holds.append(
                WalletHoldStore.Hold(
                    attemptID: candidate.attemptID, walletID: wallets[key]?.id ?? candidate.held?.walletID,
                    amountMinor: amountMinor, beforeMinor: before))
        }
    }

    /// The last check before money moves: everything may have changed since the attempt was made ready.
    private func check(
        _ candidate: AttemptStore.Candidate, _ taking: inout Taking, in tx: borrowing Transaction
    ) throws -> Result<Means, Obstacle> {
        let amount = candidate.amount
        guard amount.minorUnits > 0 else {
            let reason = candidate.payable.isVoided ? "voided" : "settled"
            return .failure(.refused(Refusal(reason: reason, isFailure: false)))
        }
        let available =
            (taking.wallets[candidate.key]?.availableMinor ?? 0) + (candidate.held?.amountMinor ?? 0)
        let payWith = candidate.walletKey == nil ? .card : candidate.payWith
        let split = payWith.split(openMinor: amount.minorUnits, availableMinor: available)
        if let split, split.cardMinor > 0, candidate.method == nil {
            // A card that should have stood in is gone: the mandate's own has its turn on another day.
            if candidate.hasOwnCard {
                return .success(Means(split: nil, decline: Decline(.soft, code: "card_removed")))
            }
            return .failure(.refused(Refusal(reason: "no_payment_method")))
        }
        let means = Means(
            split: split, method: (split?.cardMinor ?? 0) > 0 ? candidate.method : nil)
        guard let mandate = candidate.mandate else { return tried(means, for: candidate, &taking) }
        var charged: Int64 = 0
        if mandate.capPerMonthMinor != nil, let plan = candidate.planID, let date = candidate.chargeOn {
            charged =
                try AttemptStore.chargedMinor(under: mandate.id, inMonthOf: date, except: plan, in: tx)
                + taking.month[mandate.id, default: 0]
        }
        if let refusal = mandate.refusal(of: amount, chargedThisMonthMinor: charged) {
            return .failure(
                .refused(Refusal(reason: refusal.rawValue, isFailure: refusal != .notActive)))
        }
        let result = tried(means, for: candidate, &taking)
        if case .success = result { taking.month[mandate.id, default: 0] += amount.minorUnits }
        return result
    }

    /// The last question of all: whether the card's network allows the try.
    ///
    /// Without asking the bank, a card that is forbidden for good counts as refused, so that the mandate is known to need
    /// another; and so does one that was refused too often where the payer's next card may stand in.
    private func tried(
        _ means: Means, for candidate: AttemptStore.Candidate, _ taking: inout Taking
    ) -> Result<Means, Obstacle> {
        guard let method = means.method else { return .success(means) }
        switch taking.tries.take(method) {
        case .allowed: return .success(means)
        case .forbidden:
            let decline = Decline(.hard, code: CardTries.forbiddenReason)
            return .success(Means(split: nil, method: method, decline: decline))
        case .notBefore where candidate.hasOwnCard || candidate.allowsFallback:
            let decline = Decline(.insufficient, code: CardTries.capReason)
            return .success(Means(split: nil, method: method, decline: decline))
        case .notBefore(let moment): return .failure(.tooEarly(moment))
        case .waits: return .failure(.waits)
        }
    }
}

extension AttemptStore.Candidate {
    fileprivate var key: WalletHoldStore.Key {
        WalletHoldStore.Key(
            accountID: accountID, organizationID: organizationID, currency: payable.currency)
    }

    /// The wallet that it may use, or has used before; a wallet is not filled from itself.
    fileprivate var walletKey: WalletHoldStore.Key? {
        (payWith == .card || topsUpWallet) && held == nil ? nil : key
    }
}

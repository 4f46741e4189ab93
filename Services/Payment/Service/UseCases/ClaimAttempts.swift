import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Takes ready attempts to send them: locks a fair selection, re-checks each, and stores what will be sent before it is.
struct ClaimAttempts: Sendable {
    /// A request to send, and the lease under which its answer counts.
    struct Claimed: Sendable {
        let call: ChargeCall
        let token: RawID
    }

    let withdraw: EndAttempt
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
        var claims: [AttemptStore.Claim] = []
        var calls: [Claimed] = []
        var month: [MandateID: Int64] = [:]
        for candidate in candidates {
            if candidate.isPaused {
                try AttemptStore.postpone(
                    [candidate.attemptID], until: now + settings.sweepPause * 10, in: tx)
                continue
            }
            switch try check(candidate, month: &month, in: tx) {
            case .failure(let refusal):
                try withdraw.withdrawn(
                    candidate.attemptID, reason: refusal.reason,
                    planAs: refusal.isFailure ? .failed : .cancelled, in: tx)
            case .success(let method):
                let token = RawID.random()
                let amount = Money(
                    minorUnits: candidate.payable.openMinor, currency: candidate.payable.currency)
                claims.append(
                    AttemptStore.Claim(
                        attemptID: candidate.attemptID, amountMinor: amount.minorUnits, token: token,
                        method: method))
                calls.append(Claimed(call: call(candidate, amount: amount, method: method), token: token))
            }
        }
        try AttemptStore.markInFlight(claims, now: now, leaseUntil: now + settings.lease, in: tx)
        return (calls, last, Set(candidates.map(\.organizationID)).count)
    }

    private struct Refusal: Error {
        let reason: String
        /// Whether the payer has to do something for the charge to be possible.
        var isFailure = true
    }

    /// The last check before money moves: everything may have changed since the attempt was made ready.
    private func check(
        _ candidate: AttemptStore.Candidate, month: inout [MandateID: Int64], in tx: borrowing Transaction
    ) throws -> Result<AttemptStore.Method, Refusal> {
        let amount = Money(minorUnits: candidate.payable.openMinor, currency: candidate.payable.currency)
        guard amount.minorUnits > 0 else {
            return .failure(
                Refusal(reason: candidate.payable.isVoided ? "voided" : "settled", isFailure: false))
        }
        guard let method = candidate.method else { return .failure(Refusal(reason: "no_payment_method")) }
        guard let mandate = candidate.mandate else { return .success(method) }
        var charged: Int64 = 0
        if mandate.capPerMonthMinor != nil, let plan = candidate.planID, let date = candidate.chargeOn {
            charged =
                try AttemptStore.chargedMinor(under: mandate.id, inMonthOf: date, except: plan, in: tx)
                + month[mandate.id, default: 0]
        }
        if let refusal = mandate.refusal(of: amount, chargedThisMonthMinor: charged) {
            return .failure(Refusal(reason: refusal.rawValue, isFailure: refusal != .notActive))
        }
        month[mandate.id, default: 0] += amount.minorUnits
        return .success(method)
    }

    private func call(
        _ candidate: AttemptStore.Candidate, amount: Money, method: AttemptStore.Method
    ) -> ChargeCall {
        ChargeCall(
            attemptID: candidate.attemptID, paymentID: candidate.paymentID,
            invoiceID: candidate.payable.invoiceID,
            number: candidate.number, amount: amount, customer: method.customer, method: method.reference,
            isOffSession: true)
    }
}

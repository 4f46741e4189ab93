import EventContracts
import Messaging
import Postgres

/// The day of automatic payments has come: makes attempts, lets plans wait, or drops what is not current.
struct AcceptChargeDue: EventHandler {
    let admit: AdmitDues
    let deduplication = Deduplication.naturalKey(
        "a plan is admitted once per generation and step, under its row lock")

    func handle(_ batch: [Received<ChargeDue>], in tx: borrowing Transaction) throws {
        try admit(
            batch.map { event in
                AdmitDues.Due(
                    planID: event.payload.planID, generation: event.payload.generation,
                    step: event.payload.step,
                    cause: EventCause(following: event.envelope, clockTime: event.envelope.clockTime))
            }, in: tx)
    }
}

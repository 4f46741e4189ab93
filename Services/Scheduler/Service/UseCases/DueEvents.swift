import EventContracts
import Postgres
import Primitives

/// The events of what went off.
enum DueEvents {
    /// The kind whose dues are charges: with a plan they go to the payment service's own queue.
    static let chargeKind = "charge"

    /// The event of one occurrence; the same occurrence always gives the same id.
    static func event(
        _ schedule: StoredSchedule, date: CivilDate, sequence: Int64, at now: Instant
    ) -> OutgoingEvent {
        let id = RawID.v5(namespace: schedule.id.raw, name: "\(schedule.generation)/\(date)")
        // A timer begins a new chain of causes; its own id names the chain.
        let cause = EventCause(correlationID: id, traceparent: nil, clockTime: now)
        if schedule.kind == chargeKind, let charge = schedule.charge {
            return OutgoingEvent(
                ChargeDue.descriptor, id: id, subject: schedule.id, tenant: schedule.organizationID,
                sequence: sequence, cause: cause
            ) { writer in
                writer.beginObject()
                writer.member("schedule_id", schedule.id)
                writer.member("generation", schedule.generation)
                writer.member("plan_id", charge.planID)
                writer.member("step", charge.step)
                writer.member("date", date)
                writer.endObject()
            }
        }
        return OutgoingEvent(
            ScheduleDue.descriptor, id: id, subject: schedule.id, tenant: schedule.organizationID,
            sequence: sequence, cause: cause, routingKey: "\(schedule.requester).\(schedule.kind)"
        ) { writer in
            writer.beginObject()
            writer.member("schedule_id", schedule.id)
            writer.member("generation", schedule.generation)
            writer.member("kind", schedule.kind)
            writer.member("date", date)
            if let payload = schedule.payload {
                writer.key("payload")
                writer.raw(payload.bytes)
            }
            writer.endObject()
        }
    }
}

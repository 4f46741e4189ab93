import EventContracts
import PaymentDomain
import Postgres

// Enumerations that are stored as their raw values.
extension ChargePlan.State: PostgresCodable {}
extension Mandate.Status: PostgresCodable {}
extension PayWith: PostgresCodable {}
extension Decline.Class: PostgresCodable {}
extension DisputeStatus: PostgresCodable {}
extension PaymentSource: PostgresCodable {}
extension InvoiceStatus: PostgresCodable {}

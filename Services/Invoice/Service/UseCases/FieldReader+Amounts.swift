import InvoiceDomain
import Postgres
import Primitives

extension FieldReader {
    /// A share in percent, from 0 to 100, exact to a ten-thousandth.
    func percentage(_ name: String) -> Percentage? {
        guard let decimal = decimal(name) else { return nil }
        if let percentage = Percentage(decimal) { return percentage }
        refuse(name, "out_of_range", "This must be between 0 and 100 with at most 4 digits behind the point.")
        return nil
    }

    /// The ids in an array, each of them once.
    func ids<Entity>(_ name: String, of type: Entity.Type, count: ClosedRange<Int>) -> [ID<Entity>]? {
        guard let texts = strings(name, count: count, maximumLength: 100) else { return nil }
        var ids: [ID<Entity>] = []
        for (index, text) in texts.enumerated() {
            if let id = ID<Entity>(text), !ids.contains(id) {
                ids.append(id)
            } else {
                refuse(
                    "\(name)[\(index)]", "malformed",
                    "This must be an id that starts with \(Entity.idPrefix)_, named once.")
            }
        }
        return ids
    }

    /// What a sender keeps with something: any object, as it was written; `node` is the member itself.
    func metadata(_ name: String, _ node: JSONNode?) -> JSONB? {
        guard let node, !node.isNull else { return nil }
        guard node.kind == .object else {
            refuse(name, "wrong_type", "This must be an object.")
            return nil
        }
        guard node.rawBytes.count <= metadataBytesMaximum else {
            refuse(name, "too_long", "This must have at most \(metadataBytesMaximum) bytes.")
            return nil
        }
        return JSONB(Array(node.rawBytes))
    }
}

private let metadataBytesMaximum = 8_192

public import Primitives

extension HTTPRequest {
    /// The body as JSON.
    ///
    /// - Throws: `Problem` 415 for another content type, 400 for an empty or malformed body.
    public func json() throws(Problem) -> JSONNode {
        if let type = headers["content-type"], !Self.isJSON(type) {
            throw Problem(
                status: 415, code: "unsupported_media_type", title: "Unsupported media type",
                detail: "This route takes application/json.")
        }
        guard !body.isEmpty else {
            throw Problem(
                status: 400, code: "empty_body", title: "Empty body", detail: "This route needs a JSON body.")
        }
        do throws(JSONSyntaxError) {
            return try JSONDocument(parsing: body).root
        } catch {
            throw Problem(malformed: error)
        }
    }

    /// The fields of the body, which is a JSON object.
    ///
    /// - Throws: `Problem` as `json()` does; that the body is no object is an error among those of its fields.
    public func fields() throws(Problem) -> FieldReader {
        FieldReader(try json())
    }

    /// The fields of the body, or of an empty object when there is no body.
    ///
    /// - Throws: `Problem` as `json()` does.
    public func optionalFields() throws(Problem) -> FieldReader {
        guard !body.isEmpty else {
            do throws(JSONSyntaxError) {
                return FieldReader(try JSONDocument(parsing: Array("{}".utf8)).root)
            } catch {
                preconditionFailure("an empty object is JSON")
            }
        }
        return try fields()
    }

    /// The identifier in a path parameter.
    ///
    /// - Throws: `Problem` 404, because an address that names nothing is not found, whatever is wrong with it.
    public func id<Entity: Identified>(_ parameter: String, of type: Entity.Type) throws(Problem) -> ID<
        Entity
    > {
        guard let id = ID<Entity>(parameters[parameter]) else { throw .notFound }
        return id
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return type == "application/json" || type.hasPrefix("application/") && type.hasSuffix("+json")
    }
}

extension HTTPRequest {
    /// The fields of a body that is an HTML form, decoded, in order.
    ///
    /// - Throws: `Problem` 415 for another content type, 400 for what cannot be decoded or has too many fields.
    public func form() throws(Problem) -> [(name: String, value: String)] {
        let type = headers["content-type"]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard type == "application/x-www-form-urlencoded" else {
            throw Problem(
                status: 415, code: "unsupported_media_type", title: "Unsupported media type",
                detail: "This route takes application/x-www-form-urlencoded.")
        }
        return try RequestTarget.parameters(body[...])
    }
}

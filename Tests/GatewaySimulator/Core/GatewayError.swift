/// An error as the gateway's API describes it: a status, a type, and codes that programs read.
public struct GatewayError: Error, Sendable, Equatable, Codable {
    /// The kinds of errors the API knows.
    public enum Kind: String, Sendable, Codable {
        /// The card was declined or its details are wrong.
        case card = "card_error"
        /// The request makes no sense as it is.
        case invalidRequest = "invalid_request_error"
        /// The key was used with another request before.
        case idempotency = "idempotency_error"
        /// Something is wrong at the gateway.
        case api = "api_error"
    }

    /// The HTTP status.
    public let status: Int
    /// The kind of error.
    public let kind: Kind
    /// The stable code, when there is one.
    public let code: String?
    /// Why the bank declined, when it did.
    public let declineCode: String?
    /// What a developer reads.
    public let message: String
    /// The parameter that is wrong, when one is.
    public let parameter: String?
    /// The payment intent that the failure belongs to.
    public var paymentIntent: [UInt8]?
    /// The setup intent that the failure belongs to.
    public var setupIntent: [UInt8]?

    /// An error with everything the API may say about it.
    public init(
        status: Int, kind: Kind, code: String? = nil, declineCode: String? = nil, message: String,
        parameter: String? = nil
    ) {
        self.status = status
        self.kind = kind
        self.code = code
        self.declineCode = declineCode
        self.message = message
        self.parameter = parameter
    }

    static func missing(_ what: String, _ id: String) -> GatewayError {
        GatewayError(
            status: 404, kind: .invalidRequest, code: "resource_missing", message: "No such \(what): '\(id)'",
            parameter: "id")
    }

    static func required(_ parameter: String) -> GatewayError {
        GatewayError(
            status: 400, kind: .invalidRequest, code: "parameter_missing",
            message: "Missing required param: \(parameter).", parameter: parameter)
    }

    static func invalid(_ parameter: String, _ message: String) -> GatewayError {
        GatewayError(
            status: 400, kind: .invalidRequest, code: "parameter_invalid_\(parameter)", message: message,
            parameter: parameter)
    }
}

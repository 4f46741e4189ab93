import HTTPServer
import Primitives
import ServiceKit

extension ServiceContext {
    /// The person who asks, and who may pay.
    ///
    /// - Throws: `Problem` 401 or 403.
    func payer(_ request: HTTPRequest) async throws -> AccountID {
        let principal = try await authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsPay)
        return principal.accountID
    }

    /// The person who asks, and who runs the platform.
    ///
    /// - Throws: `Problem` 401 or 403.
    func operatorsID(_ request: HTTPRequest) async throws -> AccountID {
        let principal = try await authenticate(request)
        guard principal.isSuperadmin else {
            throw Problem.forbidden("This is for those who run the platform.")
        }
        return principal.accountID
    }

    /// Who looks: the client at what is paid, or a sender at what is received.
    ///
    /// - Throws: `Problem` 401 or 403.
    func payerOrSender(_ request: HTTPRequest) async throws -> ChargeStore.Owner {
        let principal = try await authenticate(request)
        if principal.role == .client {
            try principal.require(.billsRead)
            return .payer(principal.accountID)
        }
        try principal.require(.paymentsRead)
        return .sender(try principal.tenant(of: request))
    }
}

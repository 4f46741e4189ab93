import HTTPServer
import IdentityDomain
import Primitives
import ServiceKit

extension Problem {
    /// Why an invitation cannot be accepted, sent or taken back.
    init(_ violation: Invitation.Violation) {
        switch violation {
        case .expired:
            self.init(status: 410, code: "invitation_expired", title: "This invitation came too late")
        case .revoked:
            self.init(status: 410, code: "invitation_revoked", title: "This invitation was taken back")
        case .alreadyAccepted:
            self = .conflict("invitation_used", "This invitation was accepted before")
        }
    }
}

extension InvitationPurpose {
    /// Whether somebody may invite for this purpose, and send again or take back what others invited for it.
    ///
    /// - Throws: `Problem` 403.
    func checkSender(_ principal: Principal) throws(Problem) {
        switch self {
        case .client: try principal.require(.customersWrite)
        case .member(let role):
            try principal.require(.membersWrite)
            do throws(TeamRule.Violation) {
                try TeamRule.checkGrant(of: role, by: principal.role)
            } catch {
                throw Problem(error)
            }
        }
    }
}

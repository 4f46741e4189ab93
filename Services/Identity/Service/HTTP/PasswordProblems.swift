import HTTPServer
import IdentityDomain
import Primitives

/// Tells what is wrong with a password that somebody chose.
enum PasswordProblems {
    /// - Throws: `Problem` 422.
    static func check(_ password: String, email: EmailAddress, field: String = "password") throws(Problem) {
        if let error = error(password, email: email, field: field) { throw .invalid([error]) }
    }

    static func error(_ password: String, email: EmailAddress, field: String = "password") -> FieldError? {
        do throws(PasswordPolicy.Violation) {
            try PasswordPolicy.check(password, email: email)
            return nil
        } catch {
            return FieldError(field: field, code: code(error), message: message(error))
        }
    }

    private static func code(_ violation: PasswordPolicy.Violation) -> String {
        switch violation {
        case .tooShort: "too_short"
        case .tooLong: "too_long"
        case .tooCommon: "too_common"
        case .tooPersonal: "too_personal"
        }
    }

    private static func message(_ violation: PasswordPolicy.Violation) -> String {
        switch violation {
        case .tooShort: "This must have at least \(PasswordPolicy.minimumLength) characters."
        case .tooLong: "This must have at most \(PasswordPolicy.maximumBytes) bytes."
        case .tooCommon: "This is among the first that anybody would try."
        case .tooPersonal: "This is too close to the e-mail address."
        }
    }
}

import IdentityDomain
import Testing

@Suite struct PasswordPolicyTests {
    private func violation(_ password: String, email: String = "ada.lovelace@example.com") throws
        -> PasswordPolicy.Violation?
    {
        let email = try #require(EmailAddress(email))
        do throws(PasswordPolicy.Violation) {
            try PasswordPolicy.check(password, email: email)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "long passwords of any kind are taken",
        arguments: [
            "correct horse battery staple", "xkYp-92-Lm", "пароль-не-простой", "密码密码很长的一个句子吧",
            "my password is good",
            "ada.lovelace loves 47 cats",
        ])
    func good(_ password: String) throws {
        #expect(try violation(password) == nil)
    }

    @Test(
        "short passwords are refused by characters, not bytes", arguments: ["", "abc", "123456789", "密码密码很"])
    func short(_ password: String) throws {
        #expect(try violation(password) == .tooShort)
    }

    @Test("a password that is too long to hash is refused")
    func long() throws {
        #expect(try violation(String(repeating: "aß", count: 341) + "x") == nil)
        #expect(try violation(String(repeating: "aß", count: 342)) == .tooLong)
    }

    @Test(
        "what anybody would try first is refused",
        arguments: [
            "password123", "Password1234", "passwort!!", "aaaaaaaaaaaa", "ababababab", "1234567890",
            "9876543210",
            "abcdefghij", "qwertyuiop", "letmein1234", "changeme!!!!", "1q2w3e4r5t",
        ])
    func common(_ password: String) throws {
        #expect(try violation(password) == .tooCommon)
    }

    @Test(
        "the own address is refused, also with a little around it",
        arguments: [
            "ada.lovelace", "Ada.Lovelace1", "ada.lovelace@example.com", "ada.lovelace2026", "1ada.lovelace!",
        ])
    func personal(_ password: String) throws {
        #expect(try violation(password) == .tooPersonal)
    }

    @Test("a very short local part does not spoil every password")
    func shortLocalPart() throws {
        #expect(try violation("a fine phrase", email: "a@example.com") == nil)
    }
}

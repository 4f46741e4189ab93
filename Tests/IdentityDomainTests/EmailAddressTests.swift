import IdentityDomain
import Testing

@Suite struct EmailAddressTests {
    @Test("an address is found however it was typed")
    func key() throws {
        let address = try #require(EmailAddress("  Ada.Lovelace+bills@Example.COM "))
        #expect(address.text == "Ada.Lovelace+bills@Example.COM")
        #expect(address.key == "ada.lovelace+bills@example.com")
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "a", "@", "a@", "@b.c", "a@b", "a b@c.d", "a@b c.d", "a..b@c.d", ".a@b.c", "a.@b.c", "a@b..c",
            "a@.b.c",
            "a@b.c.", "a@b.c\r\nBcc: x@y.z", "a\u{0}@b.c", "<a@b.c>", "a@b.c,d@e.f", "ü@b.c", "a@bü.c",
            "\"a\"@b.c",
            "a@[1.2.3.4]",
        ])
    func refused(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test(
        "addresses as people have them are taken",
        arguments: ["a@b.c", "a@localhost", "o'neil@x-y.z", "A_1@xn--a.b"])
    func taken(_ text: String) {
        #expect(EmailAddress(text)?.text == text)
    }

    @Test("an address over the limits is refused")
    func limits() {
        #expect(EmailAddress(String(repeating: "a", count: 64) + "@b.c") != nil)
        #expect(EmailAddress(String(repeating: "a", count: 65) + "@b.c") == nil)
        #expect(EmailAddress("a@" + String(repeating: "b", count: 250) + ".c") != nil)
        #expect(EmailAddress("a@" + String(repeating: "b", count: 251) + ".c") == nil)
    }
}

import IdentityDomain
import Testing

@Suite struct CoarseNetworkTests {
    @Test(
        "an address is told by its network, and what is no address not at all",
        arguments: [
            ("192.0.2.17", "192.0.2.*"), ("::ffff:192.0.2.17", "192.0.2.*"),
            ("2001:db8:17:4::1", "2001:db8:17:*"), ("2001:db8::1", "2001:db8:*"), ("::1", "*"),
            ("", "?"), ("somewhere", "?"), ("1.2.3", "?"), ("1.2.3.256", "?"), ("a:b", "?"), ("x:y:z", "?"),
        ])
    func network(_ address: String, _ text: String) {
        #expect(CoarseNetwork(of: address).text == text)
    }
}

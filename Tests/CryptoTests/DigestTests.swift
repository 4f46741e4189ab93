import Crypto
import Primitives
import Testing

@Suite struct DigestTests {
    @Test(
        "SHA-256 agrees with the vectors of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(_ message: String, _ digest: String) {
        #expect(Hex.encode(SHA256.hash(message)) == digest)
    }

    @Test("HMAC-SHA-256 agrees with RFC 4231, cases 1, 2 and 6")
    func hmac() {
        let cases: [(key: [UInt8], message: String, code: String)] = [
            (
                Array(repeating: 0x0B, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                Array(repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for (key, message, code) in cases {
            let bytes = Array(message.utf8)
            #expect(Hex.encode(HMAC.sha256(bytes, key: key)) == code)
            #expect(HMAC.isValidSHA256(HMAC.sha256(bytes, key: key), for: bytes, key: key))
            #expect(!HMAC.isValidSHA256(HMAC.sha256(bytes + [0], key: key), for: bytes, key: key))
            #expect(!HMAC.isValidSHA256([], for: bytes, key: key))
        }
    }

    @Test("HMAC-SHA-1 agrees with RFC 2202, cases 1, 2 and 6")
    func hmacSHA1() {
        let cases: [(key: [UInt8], message: String, code: String)] = [
            (Array(repeating: 0x0B, count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
            ),
            (
                Array(repeating: 0xAA, count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
        ]
        for (key, message, code) in cases {
            #expect(Hex.encode(HMAC.sha1(Array(message.utf8), key: key)) == code)
        }
    }

    @Test("a comparison in constant time sees every difference")
    func constantTime() {
        let secret = Random.bytes(32)
        #expect(constantTimeEquals(secret, secret))
        #expect(constantTimeEquals([], []))
        #expect(!constantTimeEquals(secret, Array(secret.dropLast())))
        for index in secret.indices {
            var other = secret
            other[index] ^= 1
            #expect(!constantTimeEquals(secret, other))
        }
    }

    @Test("random bytes have the asked length and do not repeat")
    func random() {
        #expect(Random.bytes(0).isEmpty)
        let draws = Set((0..<1000).map { _ in Random.bytes(16) })
        #expect(draws.count == 1000)
    }

    @Test("a token is found by its hash and is well-formed only as its own kind")
    func tokens() {
        let token = SecretToken.generate(prefix: "rt")
        let text = token.text.reveal()
        #expect(SecretToken.hash(of: text) == token.hash)
        #expect(SecretToken.isWellFormed(text, prefix: "rt"))
        #expect(!SecretToken.isWellFormed(text, prefix: "it"))
        #expect(!SecretToken.isWellFormed(text + "A", prefix: "rt"))
        #expect(!SecretToken.isWellFormed("rt_" + String(repeating: "%", count: 43), prefix: "rt"))
        #expect(!SecretToken.isWellFormed("", prefix: "rt"))
        #expect(!"\(token)".contains(text))
    }
}

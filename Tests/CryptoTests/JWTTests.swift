import Crypto
import Primitives
import Testing

@Suite struct JWTTests {
    private let key = SigningKey.generate()
    private let clock = ManualClock(Instant(seconds: 1_800_000_000))

    private var verifier: JWTVerifier {
        JWTVerifier(
            issuer: "https://duely.test", audience: "duely", type: "at+jwt", leeway: .seconds(5), clock: clock
        )
    }

    private var keys: JSONWebKeySet { JSONWebKeySet(keys: [key.verifyingKey]) }

    private func claims(_ changes: [String: String?] = [:]) -> [UInt8] {
        var members = [
            "iss": #""https://duely.test""#, "aud": #""duely""#, "sub": #""acc_1""#, "iat": "1800000000",
            "exp": "1800000600",
        ]
        for (name, value) in changes { members[name] = value }
        let text = members.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(
            separator: ",")
        return Array("{\(text)}".utf8)
    }

    private func token(_ changes: [String: String?] = [:]) -> String {
        JWT.sign(claims: claims(changes), type: "at+jwt", with: key)
    }

    private func token(header: String, signedBy signer: (([UInt8]) -> [UInt8])? = nil) -> String {
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(claims())
        return signed + "." + Base64URL.encode((signer ?? key.sign)(Array(signed.utf8)))
    }

    @Test("a token that was signed is accepted and its claims are read")
    func roundTrip() throws {
        let verified = try verifier.verify(token(["role": #""owner""#]), keys: keys)
        #expect(verified.subject == "acc_1")
        #expect(verified.issuedAt == Instant(seconds: 1_800_000_000))
        #expect(verified.expiresAt == Instant(seconds: 1_800_000_600))
        #expect(verified.claims["role"]?.string == "owner")
    }

    @Test("the example of RFC 8037 has the signature that we compute")
    func rfc8037() throws {
        let seed = try #require(Base64URL.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        let example = try #require(SigningKey(seed: seed))
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        let signature = Base64URL.encode(example.sign(Array(signed.utf8)))
        #expect(
            signature
                == "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
    }

    @Test("the times are compared with the injected clock, with the leeway on both sides")
    func times() throws {
        let text = token()
        clock.set(Instant(seconds: 1_800_000_604))
        _ = try verifier.verify(text, keys: keys)
        clock.set(Instant(seconds: 1_800_000_605))
        #expect(throws: JWTError.expired) { try verifier.verify(text, keys: keys) }
        clock.set(Instant(seconds: 1_799_999_995))
        _ = try verifier.verify(text, keys: keys)
        clock.set(Instant(seconds: 1_799_999_994))
        #expect(throws: JWTError.notYetValid) { try verifier.verify(text, keys: keys) }
        clock.set(Instant(seconds: 1_800_000_000))
        #expect(throws: JWTError.notYetValid) {
            try verifier.verify(token(["nbf": "1800000006"]), keys: keys)
        }
        _ = try verifier.verify(token(["nbf": "1800000005"]), keys: keys)
    }

    @Test("issuer and audience must be ours")
    func parties() throws {
        #expect(throws: JWTError.wrongIssuer) {
            try verifier.verify(token(["iss": #""https://x""#]), keys: keys)
        }
        #expect(throws: JWTError.wrongIssuer) {
            try verifier.verify(token(["iss": nil as String?]), keys: keys)
        }
        #expect(throws: JWTError.wrongAudience) {
            try verifier.verify(token(["aud": #""other""#]), keys: keys)
        }
        #expect(throws: JWTError.wrongAudience) {
            try verifier.verify(token(["aud": #"["a","b"]"#]), keys: keys)
        }
        #expect(throws: JWTError.wrongAudience) {
            try verifier.verify(token(["aud": nil as String?]), keys: keys)
        }
        _ = try verifier.verify(token(["aud": #"["a","duely"]"#]), keys: keys)
    }

    @Test(
        "claims of the wrong type or range are refused",
        arguments: [
            ("exp", "\"1800000600\""), ("exp", "1800000600.5"), ("exp", "-1"), ("exp", "9223372036854775807"),
            ("exp", "null"), ("iat", "[]"), ("sub", "7"), ("sub", "\"\""), ("nbf", "true"),
        ])
    func badClaims(_ name: String, _ value: String) {
        #expect(throws: JWTError.badClaim(name)) { try verifier.verify(token([name: value]), keys: keys) }
    }

    @Test("claims that must be there are missed", arguments: ["exp", "iat", "sub"])
    func missingClaims(_ name: String) {
        #expect(throws: JWTError.badClaim(name)) {
            try verifier.verify(token([name: nil as String?]), keys: keys)
        }
    }

    @Test(
        "every algorithm but EdDSA is refused before a key is used",
        arguments: ["none", "None", "HS256", "ES256", "RS256", "eddsa", ""])
    func algorithmConfusion(_ algorithm: String) {
        let header = #"{"alg":"\#(algorithm)","typ":"at+jwt","kid":"\#(key.id)"}"#
        #expect(throws: JWTError.unsupportedHeader) { try verifier.verify(token(header: header), keys: keys) }
        // The classic: the public key taken as the secret of a symmetric algorithm.
        let forged = token(header: header) { HMAC.sha256($0, key: key.verifyingKey.rawBytes) }
        #expect(throws: JWTError.unsupportedHeader) { try verifier.verify(forged, keys: keys) }
        #expect(throws: JWTError.unsupportedHeader) {
            try verifier.verify(token(header: header) { _ in [] }, keys: keys)
        }
    }

    @Test(
        "headers that mean something else are refused",
        arguments: [
            #"{"alg":"EdDSA","typ":"JWT","kid":"KID"}"#, #"{"alg":"EdDSA","kid":"KID"}"#,
            #"{"alg":"EdDSA","typ":"at+jwt"}"#, #"{"alg":"EdDSA","typ":"at+jwt","kid":7}"#,
            #"{"alg":"EdDSA","typ":"at+jwt","kid":"KID","crit":["b64"],"b64":false}"#,
            #"{"alg":["EdDSA"],"typ":"at+jwt","kid":"KID"}"#,
        ])
    func headers(_ header: String) {
        let filled = header.split(separator: "KID", omittingEmptySubsequences: false).joined(
            separator: key.id)
        #expect(throws: JWTError.unsupportedHeader) { try verifier.verify(token(header: filled), keys: keys) }
    }

    @Test("a key that is carried in the token is not used")
    func embeddedKey() {
        let attacker = SigningKey.generate()
        let jwk = #"{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.encode(attacker.verifyingKey.rawBytes))"}"#
        let header = #"{"alg":"EdDSA","typ":"at+jwt","kid":"\#(key.id)","jwk":\#(jwk)}"#
        let forged = token(header: header, signedBy: attacker.sign)
        #expect(throws: JWTError.badSignature) { try verifier.verify(forged, keys: keys) }
    }

    @Test("an unknown key id is told apart, so that the keys can be fetched again")
    func unknownKey() {
        let other = SigningKey.generate()
        let text = JWT.sign(claims: claims(), type: "at+jwt", with: other)
        #expect(throws: JWTError.unknownKey(other.id)) { try verifier.verify(text, keys: keys) }
    }

    @Test("a change of any character of a token is noticed")
    func tampering() {
        let text = token()
        let characters = Array(text.utf8)
        for index in characters.indices {
            var changed = characters
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: JWTError.self) {
                try verifier.verify(String(decoding: changed, as: UTF8.self), keys: keys)
            }
        }
    }

    @Test(
        "what is not a token is malformed",
        arguments: [
            "", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "%%%.e30.AA", "bm90anNvbg.e30.AA", "W10.e30.AA",
        ])
    func malformed(_ text: String) {
        #expect(throws: JWTError.self) { try verifier.verify(text, keys: keys) }
    }

    @Test("a token over the limit is not looked at")
    func tooLong() {
        let text = token(["note": "\"" + String(repeating: "x", count: JWT.maximumByteCount) + "\""])
        #expect(throws: JWTError.malformed) { try verifier.verify(text, keys: keys) }
    }

    @Test("claims with a duplicate name are refused, because two readers could differ")
    func duplicates() {
        let text = JWT.sign(
            claims: Array(#"{"iss":"https://duely.test","sub":"a","sub":"b"}"#.utf8), type: "at+jwt",
            with: key)
        #expect(throws: JWTError.malformed) { try verifier.verify(text, keys: keys) }
    }
}

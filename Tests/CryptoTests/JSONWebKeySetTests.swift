import Crypto
import Primitives
import Testing

@Suite struct JSONWebKeySetTests {
    @Test("a set survives its document")
    func roundTrip() throws {
        let set = JSONWebKeySet(keys: [
            SigningKey.generate().verifyingKey, SigningKey.generate().verifyingKey,
        ])
        let read = try JSONWebKeySet(parsing: set.json)
        #expect(read == set)
        #expect(read[set.keys[1].id] == set.keys[1])
        #expect(read["unknown"] == nil)
    }

    @Test("the document has the form of RFC 8037")
    func document() throws {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        let rawBytes = try #require(Base64URL.decode(x))
        let key = try #require(VerifyingKey(rawBytes: rawBytes, id: "k1"))
        #expect(
            String(decoding: JSONWebKeySet(keys: [key]).json, as: UTF8.self)
                == #"{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"k1","x":"\#(x)"}]}"#
        )
    }

    @Test("keys of other kinds, uses and algorithms are skipped")
    func otherKeys() throws {
        let x = Base64URL.encode(SigningKey.generate().verifyingKey.rawBytes)
        let document = #"""
            {"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"r"},
            {"kty":"OKP","crv":"X25519","x":"\#(x)","kid":"x"},
            {"kty":"OKP","crv":"Ed25519","x":"\#(x)","kid":"e","use":"enc"},
            {"kty":"OKP","crv":"Ed25519","x":"\#(x)","kid":"h","alg":"HS256"},
            {"kty":"OKP","crv":"Ed25519","x":"\#(x)","kid":"good","unknown":[1]}]}
            """#
        #expect(try JSONWebKeySet(parsing: Array(document.utf8)).keys.map(\.id) == ["good"])
        #expect(try JSONWebKeySet(parsing: Array(#"{"keys":[]}"#.utf8)).keys.isEmpty)
    }

    @Test(
        "what is no key set is refused",
        arguments: ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]"#, "\u{0}"])
    func notASet(_ text: String) {
        #expect(throws: JSONWebKeySet.Malformed.notAKeySet) { try JSONWebKeySet(parsing: Array(text.utf8)) }
    }

    @Test("an Ed25519 key that is none, has no id or shares one is refused")
    func badKeys() {
        let x = Base64URL.encode(SigningKey.generate().verifyingKey.rawBytes)
        let small = Base64URL.encode([1] + [UInt8](repeating: 0, count: 31))
        let key = #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(x)"}"#
        for keys in [
            #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}"#,
            #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(small)"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(x)"}"#, "\(key),\(key)",
        ] {
            #expect(throws: JSONWebKeySet.Malformed.badKey) {
                try JSONWebKeySet(parsing: Array(#"{"keys":[\#(keys)]}"#.utf8))
            }
        }
        let many = Array(repeating: "{}", count: 33).joined(separator: ",")
        #expect(throws: JSONWebKeySet.Malformed.tooManyKeys) {
            try JSONWebKeySet(parsing: Array(#"{"keys":[\#(many)]}"#.utf8))
        }
    }
}

import Crypto
import Primitives
import Testing

@Suite struct KeyTests {
    @Test(
        "Ed25519 agrees with the vectors of RFC 8032",
        arguments: [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ])
    func vectors(_ seed: String, _ publicKey: String, _ message: String, _ signature: String) throws {
        let seedBytes = try #require(Hex.decode(seed))
        let key = try #require(SigningKey(seed: seedBytes))
        let bytes = try #require(Hex.decode(message))
        #expect(Hex.encode(key.verifyingKey.rawBytes) == publicKey)
        #expect(Hex.encode(key.sign(bytes)) == signature)
        #expect(key.verifyingKey.isValid(key.sign(bytes), for: bytes))
        #expect(key.seed == Hex.decode(seed))
    }

    @Test("a key id is the thumbprint of RFC 8037, appendix A.3")
    func thumbprint() throws {
        let x = try #require(Base64URL.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
        let key = try #require(VerifyingKey(rawBytes: x))
        #expect(key.id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test("a changed signature, message or key is refused")
    func tampering() {
        let key = SigningKey.generate()
        let message = Array("the amount is 1000".utf8)
        let signature = key.sign(message)
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x40
            #expect(!key.verifyingKey.isValid(changed, for: message))
        }
        #expect(!key.verifyingKey.isValid(signature, for: message + [0]))
        #expect(!key.verifyingKey.isValid(Array(signature.dropLast()), for: message))
        #expect(!key.verifyingKey.isValid([], for: message))
        #expect(!SigningKey.generate().verifyingKey.isValid(signature, for: message))
    }

    @Test("public keys of small order and of the wrong length are refused")
    func weakKeys() {
        let identity: [UInt8] = [1] + Array(repeating: 0, count: 31)
        #expect(VerifyingKey(rawBytes: identity) == nil)
        #expect(VerifyingKey(rawBytes: Array(repeating: 0, count: 32)) == nil)
        #expect(VerifyingKey(rawBytes: Random.bytes(31)) == nil)
        #expect(VerifyingKey(rawBytes: SigningKey.generate().verifyingKey.rawBytes, id: "") == nil)
        #expect(SigningKey(seed: Random.bytes(31)) == nil)
    }

    @Test("secrets do not show when a key is printed or dumped")
    func printing() throws {
        let key = SigningKey.generate()
        var dumped = ""
        dump(key, to: &dumped)
        dump(UnsealingKey.generate(), to: &dumped)
        dump(try #require(StorageKey(rawBytes: Random.bytes(32))), to: &dumped)
        #expect(!dumped.contains("elements"))
        #expect("\(key)" == "SigningKey(\(key.id))")
    }

    @Test("only the holder of the secret key opens a sealed message")
    func sealedBox() throws {
        let holder = UnsealingKey.generate()
        let message = Array("https://example.test/invitations/it_secret".utf8)
        let sealed = try #require(holder.sealingKey.seal(message))
        #expect(holder.open(sealed) == message)
        #expect(sealed.count == message.count + 48)
        #expect(sealed != holder.sealingKey.seal(message))
        #expect(UnsealingKey.generate().open(sealed) == nil)
        for index in stride(from: 0, to: sealed.count, by: 7) {
            var changed = sealed
            changed[index] ^= 1
            #expect(holder.open(changed) == nil)
        }
        #expect(holder.open([]) == nil)
        #expect(holder.open(Array(sealed.prefix(47))) == nil)
        let sealedNothing = try #require(holder.sealingKey.seal([]))
        #expect(holder.open(sealedNothing) == [])
    }

    @Test("a sealing key survives its settings text")
    func sealedBoxKeys() throws {
        let secret = Random.bytes(32)
        let holder = try #require(UnsealingKey(rawBytes: secret))
        let published = try #require(SealingKey(rawBytes: holder.sealingKey.rawBytes))
        let sealed = try #require(published.seal([1, 2]))
        #expect(UnsealingKey(rawBytes: secret)?.open(sealed) == [1, 2])
        #expect(SealingKey(rawBytes: []) == nil)
        #expect(UnsealingKey(rawBytes: Random.bytes(33)) == nil)
    }

    @Test("a stored value opens with its key and purpose only")
    func storage() throws {
        let key = try #require(StorageKey(rawBytes: Random.bytes(32)))
        let stored = key.encrypt([1, 2, 3], purpose: "signing key a")
        #expect(key.decrypt(stored, purpose: "signing key a") == [1, 2, 3])
        #expect(key.decrypt(stored, purpose: "signing key b") == nil)
        #expect(stored != key.encrypt([1, 2, 3], purpose: "signing key a"))
        let other = try #require(StorageKey(rawBytes: Random.bytes(32)))
        #expect(other.decrypt(stored, purpose: "signing key a") == nil)
        for index in stored.indices {
            var changed = stored
            changed[index] ^= 1
            #expect(key.decrypt(changed, purpose: "signing key a") == nil)
        }
        #expect(key.decrypt([], purpose: "signing key a") == nil)
        #expect(StorageKey(rawBytes: []) == nil)
    }

    @Test("a code is the same each time, and another for another text, purpose or key")
    func code() throws {
        let key = try #require(StorageKey(rawBytes: Random.bytes(32)))
        let code = key.code(of: "ses_1", purpose: "csrf token")
        #expect(code.count == 32 && code == key.code(of: "ses_1", purpose: "csrf token"))
        let other = try #require(StorageKey(rawBytes: Random.bytes(32)))
        let others = [
            key.code(of: "ses_2", purpose: "csrf token"), key.code(of: "ses_1", purpose: "another"),
            key.code(of: "nses_1", purpose: "csrf toke"), other.code(of: "ses_1", purpose: "csrf token"),
        ]
        #expect(Set(others + [code]).count == 5)
    }
}

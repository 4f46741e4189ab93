import Crypto
import Primitives
import Testing

@Suite struct PayLinkTests {
    private let invoiceID = RawID(high: 0x0193_0A1B_2C3D_7E4F, low: 0x8A1B_2C3D_4E5F_6071)

    private func ring(_ id: UInt8 = 7, fill: UInt8 = 1, previous: (UInt8, UInt8)? = nil) throws
        -> PayLinkKeyRing
    {
        func key(_ id: UInt8, _ fill: UInt8) throws -> PayLinkKeyRing.Key {
            try #require(PayLinkKeyRing.Key(id: id, secret: Array(repeating: fill, count: 32)))
        }
        return PayLinkKeyRing(newest: try key(id, fill), previous: try previous.map { try key($0.0, $0.1) })
    }

    private func link(_ number: String = "2026-000042", generation: UInt32 = 3) -> PayLink {
        PayLink(number: number, invoiceID: invoiceID, generation: generation)
    }

    @Test("a minted link has its documented form and verifies to what it says")
    func roundTrip() throws {
        let text = try ring().mint(link()).text
        #expect(text.hasPrefix("INV-2026-000042-"))
        #expect(text.utf8.count == "INV-2026-000042-".utf8.count + 50)
        #expect(try ring().verify(text) == link())
        #expect(try PayLinkToken(parsing: text).keyID == 7)
    }

    @Test("the bytes of a link are pinned: links in old mails must verify for ever")
    func pinned() throws {
        let text = try ring().mint(link()).text
        let payload = try #require(Base64URL.decode(text.suffix(50)))
        #expect(Hex.encode(payload.prefix(21)) == "0701930a1b2c3d7e4f8a1b2c3d4e5f607100000003")
        let message = Array("duely pay link 1\n".utf8) + payload.prefix(21) + Array("2026-000042".utf8)
        let code = HMAC.sha256(message, key: Array(repeating: 1, count: 32)).prefix(16)
        #expect(Array(payload.suffix(16)) == Array(code))
    }

    @Test("minting is deterministic, and every part of a link changes the code")
    func binding() throws {
        let ring = try ring()
        #expect(ring.mint(link()).text == ring.mint(link()).text)
        let other = PayLink(number: "2026-000042", invoiceID: .random(), generation: 3)
        let codes = [link(), link("2026-000043"), link(generation: 4), other].map {
            ring.mint($0).text.suffix(22)
        }
        #expect(Set(codes).count == 4)
    }

    @Test("a change of any character of a link is refused")
    func tampering() throws {
        let ring = try ring()
        let text = Array(ring.mint(link()).text.utf8)
        for index in text.indices {
            for replacement in Array("A0-_z".utf8) where replacement != text[index] {
                var changed = text
                changed[index] = replacement
                #expect(throws: PayLinkToken.Failure.self) {
                    try ring.verify(String(decoding: changed, as: UTF8.self))
                }
            }
        }
    }

    @Test("a link cut or lengthened anywhere is refused")
    func lengths() throws {
        let ring = try ring()
        let text = ring.mint(link()).text
        for count in 0..<text.count {
            #expect(throws: PayLinkToken.Failure.self) { try ring.verify(String(text.prefix(count))) }
            #expect(throws: PayLinkToken.Failure.self) { try ring.verify(String(text.suffix(count))) }
        }
        for extra in ["A", "=", "/", " ", "\n", "\u{0}", "é"] {
            #expect(throws: PayLinkToken.Failure.self) { try ring.verify(text + extra) }
            #expect(throws: PayLinkToken.Failure.self) { try ring.verify(extra + text) }
        }
    }

    @Test("generation and reference cannot be exchanged between two valid links")
    func splicing() throws {
        let ring = try ring()
        let first = ring.mint(link("A", generation: 1)).text
        let second = ring.mint(link("B", generation: 1)).text
        #expect(throws: PayLinkToken.Failure.forged) { try ring.verify("INV-A-" + second.suffix(50)) }
        let payload = try #require(Base64URL.decode(first.suffix(50)))
        let older = try #require(Base64URL.decode(ring.mint(link("A", generation: 2)).text.suffix(50)))
        let mixed = Array(older.prefix(21)) + Array(payload.suffix(16))
        #expect(throws: PayLinkToken.Failure.forged) { try ring.verify("INV-A-" + Base64URL.encode(mixed)) }
    }

    @Test("during a rotation both keys verify and the newest mints")
    func rotation() throws {
        let old = try ring(1, fill: 1)
        let rotating = try ring(2, fill: 2, previous: (1, 1))
        let done = try ring(2, fill: 2)
        let before = old.mint(link()).text
        let after = rotating.mint(link()).text
        #expect(try PayLinkToken(parsing: after).keyID == 2)
        #expect(try rotating.verify(before) == link())
        #expect(try rotating.verify(after) == link())
        #expect(try done.verify(after) == link())
        #expect(throws: PayLinkToken.Failure.unknownKey) { try done.verify(before) }
        #expect(throws: PayLinkToken.Failure.unknownKey) { try old.verify(after) }
    }

    @Test("a key with a known id and another secret forges nothing")
    func otherSecret() throws {
        let text = try ring(7, fill: 9).mint(link()).text
        #expect(throws: PayLinkToken.Failure.forged) { try ring(7, fill: 1).verify(text) }
    }

    @Test(
        "any invoice number makes a link that an address can carry",
        arguments: [
            ("2026-000042", "2026-000042"), ("RE 2026/7", "RE-2026-7"), ("Ä-1", "--1"), ("", "-"), ("-", "-"),
            ("a.b_c~d", "a.b_c~d"), ("a%2Fb?c#d", "a-2Fb-c-d"), ("1\n2", "1-2"),
            (String(repeating: "9", count: 100), String(repeating: "9", count: 64)),
        ])
    func references(_ number: String, _ reference: String) throws {
        let text = try ring().mint(link(number)).text
        #expect(try ring().verify(text).reference == reference)
        #expect(text == "INV-\(reference)-" + text.suffix(50))
    }

    @Test("generations at the ends of the range survive", arguments: [0, 1, 255, 256, 65_536, UInt32.max])
    func generations(_ generation: UInt32) throws {
        #expect(try ring().verify(ring().mint(link(generation: generation)).text).generation == generation)
    }

    @Test("noise never verifies and never traps")
    func noise() throws {
        let ring = try ring()
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let count = Int.random(in: 0...140, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            for text in [
                String(decoding: bytes, as: UTF8.self), "INV-1-" + Base64URL.encode(Random.bytes(37)),
            ] {
                #expect(throws: PayLinkToken.Failure.self) { try ring.verify(text) }
            }
        }
    }

    @Test("a ring is read from its setting, newest first")
    func setting() throws {
        let one = Base64URL.encode(Array(repeating: UInt8(1), count: 32))
        let two = Base64URL.encode(Array(repeating: UInt8(2), count: 32))
        let both = try #require(PayLinkKeyRing(setting: "2:\(two),1:\(one)"))
        #expect(try PayLinkToken(parsing: both.mint(link()).text).keyID == 2)
        #expect(try both.verify(ring(1, fill: 1).mint(link()).text) == link())
        #expect(PayLinkKeyRing(setting: "1:\(one)") != nil)
        for bad in ["", ",", "1", "1:", ":\(one)", "256:\(one)", "1:AAAA", "1:\(one),1:\(two)", "1:\(one),"] {
            #expect(PayLinkKeyRing(setting: bad) == nil)
        }
        #expect(PayLinkKeyRing(setting: "1:\(one),2:\(two),3:\(one)") == nil)
    }
}

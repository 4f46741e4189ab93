import Primitives
import Testing

private enum Thing: Identified { static let idPrefix = "inv" }

@Suite("Identifiers keep their text and their order")
struct IdentifierTests {
    @Test("a UUID survives its text in either case")
    func text() throws {
        let text = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
        let id = try #require(RawID(uuidString: text))
        #expect(id.uuidString == text)
        #expect(RawID(uuidString: text.uppercased()) == id)
        #expect(RawID(bytes: id.bytes) == id)
    }

    @Test(
        "what is no UUID is refused",
        arguments: [
            "", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5",
            "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5bb",
            "g190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
        ])
    func malformed(text: String) { #expect(RawID(uuidString: text) == nil) }

    @Test("version 5 agrees with the example of RFC 9562")
    func nameBased() throws {
        let dns = try #require(RawID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        #expect(
            RawID.v5(namespace: dns, name: "www.example.com").uuidString
                == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test("version 7 ids of one millisecond are in the order of their making, with others made in between")
    func ordered() {
        let moment = Instant(microseconds: 1_700_000_000_000_000)
        let ids = (0..<10_000).map { index in
            _ = RawID.v7(at: moment + .milliseconds(index % 3 - 1))
            return RawID.v7(at: moment)
        }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("version 7 ids of later times sort later and carry their marks")
    func timeOrdered() {
        let early = RawID.v7(at: Instant(microseconds: 1_700_000_000_000_000))
        let late = RawID.v7(at: Instant(microseconds: 1_700_000_000_001_000))
        #expect(early < late)
        #expect(early.high >> 12 & 15 == 7)
        #expect(early.low >> 62 == 2)
        #expect(Set((0..<10_000).map { _ in RawID.random() }).count == 10_000)
    }

    @Test("a TypeID agrees with the specification's example and refuses what is not canonical")
    func typed() throws {
        let raw = try #require(RawID(uuidString: "01890a5d-ac96-774b-bcce-b302099a8057"))
        let id = ID<Thing>(raw)
        #expect(id.description == "inv_01h455vb4pex5vsknk084sn02q")
        #expect(ID<Thing>("inv_01h455vb4pex5vsknk084sn02q") == id)
        for text in [
            "cus_01h455vb4pex5vsknk084sn02q", "inv_81h455vb4pex5vsknk084sn02q",
            "inv_01h455vb4pex5vsknk084sn02", "inv-01h455vb4pex5vsknk084sn02q",
            "inv_01H455VB4PEX5VSKNK084SN02Q",
        ] {
            #expect(ID<Thing>(text) == nil)
        }
    }

    @Test("encodings of bytes are inverse to their decodings and refuse what is not canonical")
    func encodings() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
        #expect(Base64URL.decode("QQ==") == nil)
        #expect(Base64URL.decode("QR") == nil)
        #expect(Base64.encode(Array("Ma".utf8)) == "TWE=")
    }

    @Test("a secret never prints")
    func secret() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("hunter2"))
        #expect(secret.reveal() == "hunter2")
    }
}

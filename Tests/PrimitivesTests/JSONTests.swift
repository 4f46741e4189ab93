import Primitives
import Testing

@Suite("JSON is read strictly and written exactly")
struct JSONTests {
    @Test(
        "what is not JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{\"\\u0061\":1,\"a\":2}", "01", "1.", "-",
            "+1", ".5", "1e",
            "nul", "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"a", "\"\u{01}\"", "1 2", "{a:1}",
            "[1 2]", "NaN",
        ])
    func malformed(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: Array(text.utf8)) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func notUTF8() {
        #expect(throws: JSONSyntaxError(position: 0, reason: .notUTF8)) {
            try JSONDocument(parsing: [0x22, 0xFF, 0xFE, 0x22])
        }
    }

    @Test("sixty-four levels are read and one more is refused")
    func depth() throws {
        func nested(_ levels: Int) -> [UInt8] {
            Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8)
        }
        _ = try JSONDocument(parsing: nested(64))
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: nested(65)) }
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: nested(100_000)) }
    }

    @Test(
        "texts survive a round trip",
        arguments: ["", "plain", "quote \" slash \\ / tab \t line \n", "äöü € 漢字 🧾", "\u{1F}\u{7F}\u{2028}"])
    func texts(text: String) throws {
        var writer = JSONWriter()
        writer.string(text)
        #expect(try JSONDocument(parsing: writer.bytes).root.string == text)
    }

    @Test("escapes are resolved, surrogate pairs included")
    func escapes() throws {
        let root = try JSONDocument(parsing: Array(#""\u20ac\ud83e\uddfe\n\/\b""#.utf8)).root
        #expect(root.string == "€🧾\n/\u{08}")
    }

    @Test("numbers keep their text and whole numbers are read whatever their form")
    func numbers() throws {
        let root = try JSONDocument(
            parsing: Array("[50.0,5e1,-7,9007199254740993,0.10,1e30,123456789012345678]".utf8)
        ).root
        #expect(
            root.elements.map(\.int64) == [
                50, 50, -7, 9_007_199_254_740_993, nil, nil, 123_456_789_012_345_678,
            ])
        #expect(root.elements[4].numberText == "0.10")
    }

    struct Sample: Codable, Equatable {
        struct Line: Codable, Equatable {
            var lineID: RawID
            var totalMinor: Int64
        }
        enum Kind: String, Codable { case cardCharge = "card_charge" }

        var invoiceID: RawID
        var isPaid: Bool
        var kind: Kind
        var dueDate: CivilDate?
        var note: String?
        var lines: [Line]
        var labels: [String: String]
        var at: Instant
    }

    @Test("whole numbers of every width are written as numbers")
    func integerMembers() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", 1)
        writer.member("b", Int64(-2))
        writer.member("c", Int32?.some(3))
        writer.member("d", Int?.none)
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":1,"b":-2,"c":3}"#)
    }

    @Test("Codable values are written in declared order, in snake case, without what is nil")
    func codable() throws {
        let id = try #require(RawID(uuidString: "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"))
        let sample = Sample(
            invoiceID: id, isPaid: true, kind: .cardCharge, dueDate: CivilDate("2026-03-31"), note: nil,
            lines: [.init(lineID: id, totalMinor: -5), .init(lineID: id, totalMinor: 7)],
            labels: ["orderID": "x"],
            at: Instant(microseconds: 1_775_000_000_123_000))
        let bytes = try JSON.encode(sample)
        let expected = """
            {"invoice_id":"\(id)","is_paid":true,"kind":"card_charge","due_date":"2026-03-31",\
            "lines":[{"line_id":"\(id)","total_minor":-5},{"line_id":"\(id)","total_minor":7}],\
            "labels":{"orderID":"x"},"at":"2026-03-31T23:33:20.123Z"}
            """
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        #expect(try JSON.decode(Sample.self, from: bytes) == sample)
    }

    @Test("unknown members are passed over and order does not matter")
    func tolerant() throws {
        let bytes = Array(
            #"{"total_minor":3,"new":{"a":[1]},"line_id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}"#.utf8)
        #expect(try JSON.decode(Sample.Line.self, from: bytes).totalMinor == 3)
    }

    @Test("a value of the wrong type names its path")
    func path() throws {
        let bytes = Array(#"[{"line_id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","total_minor":"3"}]"#.utf8)
        do {
            _ = try JSON.decode([Sample.Line].self, from: bytes)
            Issue.record("expected a failure")
        } catch DecodingError.typeMismatch(_, let context) {
            #expect(context.codingPath.map(\.stringValue) == ["0", "totalMinor"])
        }
    }

    @Test("a field reader reports every wrong field at once")
    func fields() throws {
        let body = #"{"title":7,"currency":"zzz","lines":[{"amount":"1.999"},3,{"amount":-1}]}"#
        let fields = FieldReader(try JSONDocument(parsing: Array(body.utf8)).root)
        let dollar = try #require(Currency(code: "USD"))
        _ = fields.string("title", maximumLength: 10)
        _ = fields.currency("currency")
        _ = fields.require("due_date", fields.parsed("due_date", "a date") { CivilDate($0) })
        for line in fields.objects("lines", count: 1...10) ?? [] {
            _ = line.money("amount", dollar, in: 0...100)
        }
        #expect(
            fields.errors.map { "\($0.field) \($0.code)" } == [
                "title wrong_type", "currency malformed", "due_date required", "lines[1] wrong_type",
                "lines[0].amount too_precise", "lines[2].amount out_of_range",
            ])
    }
}

import Postgres
import Primitives
import TestKit
import Testing

private enum Customer: Identified { static let idPrefix = "cus" }

private enum Color: String, PostgresCodable, CaseIterable { case red, green }

@Suite("Values") struct ValueTests {
    /// Sends a value, has Postgres cast it to the type's text and compares, then reads it back.
    private func check<Value: PostgresCodable & Equatable>(
        _ pool: PostgresPool, _ value: Value, as type: String, text: String,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        try await pool.transaction { tx in
            let row = try #require(
                try tx.query("SELECT $1::\(type), $1::\(type)::text, $2::text::\(type)", [value, text]).first)
            #expect(try row.get(0, as: Value.self) == value, sourceLocation: location)
            #expect(try row.get(1, as: String.self) == text, sourceLocation: location)
            #expect(try row.get(2, as: Value.self) == value, sourceLocation: location)
        }
    }

    @Test("scalars mean the same to Postgres and to us") func scalars() async throws {
        try await withPool { pool, _ in
            try await check(pool, true, as: "boolean", text: "true")
            try await check(pool, Int16.min, as: "smallint", text: "-32768")
            try await check(pool, Int32.max, as: "integer", text: "2147483647")
            try await check(pool, Int64.min, as: "bigint", text: "-9223372036854775808")
            try await check(pool, 42, as: "bigint", text: "42")
            try await check(pool, -0.1, as: "double precision", text: "-0.1")
            try await check(pool, "Grüße 👋 \"'\\", as: "text", text: "Grüße 👋 \"'\\")
            try await check(pool, "", as: "text", text: "")
            try await check(pool, [0, 255, 10] as [UInt8], as: "bytea", text: "\\x00ff0a")
            try await check(pool, [UInt8](), as: "bytea", text: "\\x")
            try await check(pool, JSONB(Array(#"{"a": [1, 2]}"#.utf8)), as: "jsonb", text: #"{"a": [1, 2]}"#)
            try await check(pool, Color.green, as: "text", text: "green")
        }
    }

    @Test("ids and times mean the same to Postgres and to us") func domainScalars() async throws {
        let id = try #require(RawID(uuidString: "0198c5f0-1234-7abc-8def-0123456789ab"))
        let date = try #require(CivilDate(year: 2024, month: 2, day: 29))
        let early = try #require(CivilDate(year: 1, month: 1, day: 1))
        let time = try #require(CivilTime(hour: 23, minute: 59))
        let instant = try #require(Instant(rfc3339: "2026-03-31T07:00:00.123456Z"))
        let old = try #require(Instant(rfc3339: "1969-12-31T23:59:59.999999Z"))
        try await withPool { pool, _ in
            try await check(pool, id, as: "uuid", text: "0198c5f0-1234-7abc-8def-0123456789ab")
            try await check(
                pool, ID<Customer>(id), as: "uuid", text: "0198c5f0-1234-7abc-8def-0123456789ab")
            try await check(pool, date, as: "date", text: "2024-02-29")
            try await check(pool, early, as: "date", text: "0001-01-01")
            try await check(pool, time, as: "time", text: "23:59:00")
            try await check(pool, instant, as: "timestamptz", text: "2026-03-31 07:00:00.123456+00")
            try await check(pool, old, as: "timestamptz", text: "1969-12-31 23:59:59.999999+00")
            try await check(
                pool, Instant(microseconds: .max), as: "timestamptz", text: "infinity")
            try await check(pool, Instant(microseconds: .min), as: "timestamptz", text: "-infinity")
        }
    }

    @Test("arrays, with and without NULL, empty and large") func arrays() async throws {
        let ids = (0..<1_000).map { RawID(high: UInt64($0), low: .max - UInt64($0)) }
        try await withPool { pool, _ in
            try await check(pool, [1, nil, -3] as [Int64?], as: "bigint[]", text: "{1,NULL,-3}")
            try await check(pool, ["a,b", "", "\"q\""], as: "text[]", text: #"{"a,b","","\"q\""}"#)
            try await check(pool, [String](), as: "text[]", text: "{}")
            try await check(pool, [[1, 2], []] as [[UInt8]], as: "bytea[]", text: #"{"\\x0102","\\x"}"#)
            try await check(pool, [true, false], as: "boolean[]", text: "{t,f}")
            let back: [RawID] = try await pool.transaction { tx in
                try tx.query("SELECT x FROM unnest($1::uuid[]) WITH ORDINALITY AS t(x, n) ORDER BY n", [ids])
                    .column(0)
            }
            #expect(back == ids)
            let total = try await pool.transaction { tx in
                try tx.query("SELECT cardinality($1::uuid[])", [ids]).scalar(as: Int.self)
            }
            #expect(total == 1_000)
        }
    }

    @Test("NULL is a value only where the type allows it") func null() async throws {
        try await withPool { pool, _ in
            try await pool.transaction { tx in
                let row = try #require(
                    try tx.query("SELECT $1::text, $2::bigint[]", [nil as String?, nil as [Int64]?]).first)
                #expect(try row.get(0, as: String?.self) == nil)
                #expect(try row.get(1, as: [Int64]?.self) == nil)
                let error = #expect(throws: PostgresError.self) { try row.get(0, as: String.self) }
                #expect(error?.code == .decoding)
                #expect(error?.message.contains("column 0 (text)") == true)
            }
        }
    }

    @Test(
        "sums of bigint arrive as whole numbers",
        arguments: [
            "0", "1", "9999", "10000", "10001", "-10000", "123456789012345678", "9223372036854775807",
            "-9223372036854775808", "100000000", "40000000000000000",
        ])
    func wholeNumerics(text: String) async throws {
        let value = try await withPool { pool, _ in
            try await pool.transaction { tx in
                try tx.query("SELECT \(text)::numeric").scalar(as: Int64.self)
            }
        }
        #expect(value == Int64(text))
    }

    @Test(
        "what is no whole number, does not fit or is another type is refused",
        arguments: [
            "1.5::numeric", "9223372036854775808::numeric", "-9223372036854775809::numeric", "'NaN'::numeric",
            "0.00001::numeric", "1e30::numeric", "'x'::text", "true", "now()", "ARRAY[1]",
            "gen_random_uuid()",
        ])
    func mismatches(expression: String) async throws {
        try await withPool { pool, _ in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    try tx.query("SELECT \(expression)").scalar(as: Int64.self)
                }
            }
            #expect(error?.code == .decoding)
        }
    }

    @Test("an integer that does not fit is refused, a smaller type is widened") func widths() async throws {
        try await withPool { pool, _ in
            try await pool.transaction { tx in
                let row = try #require(try tx.query("SELECT 40000::integer, 7::smallint").first)
                #expect(throws: PostgresError.self) { try row.get(0, as: Int16.self) }
                #expect(try row.get(0, as: Int64.self) == 40_000)
                #expect(try row.get(1, as: Int.self) == 7)
                #expect(try row.get("int2", as: Double.self) == 7)
            }
        }
    }

    @Test("enums of the database and unknown raw values") func enums() async throws {
        try await withPool { pool, _ in
            try await pool.transaction { tx in
                try tx.execute("CREATE TYPE color AS ENUM ('red', 'green', 'blue')")
                let row = try #require(try tx.query("SELECT $1::color, 'blue'::color", [Color.red]).first)
                #expect(try row.get(0, as: Color.self) == .red)
                #expect(throws: PostgresError.self) { try row.get(1, as: Color.self) }
            }
        }
    }

    @Test("a NUL in a text is invalid data, not a cut string") func nul() async throws {
        try await withPool { pool, _ in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    try tx.query("SELECT $1", ["a\0b"]).scalar(as: String.self)
                }
            }
            #expect(error?.code == .invalidData)
        }
    }

    @Test("a column that is not there is an error") func columns() async throws {
        try await withPool { pool, _ in
            try await pool.transaction { tx in
                let row = try #require(try tx.query("SELECT 1 AS one").first)
                #expect(try row["one"] as Int == 1)
                #expect(throws: PostgresError.self) { try row.get("two", as: Int.self) }
                #expect(throws: PostgresError.self) { try row.get(1, as: Int.self) }
            }
        }
    }
}

import InvoiceDomain
import Primitives
import Testing

@Suite struct NumberPatternTests {
    @Test("a number has at least six digits behind its prefix unless somebody chose otherwise")
    func usual() {
        #expect(NumberPattern.usual.number(prefix: "ACME", year: 2027, count: 42) == "ACME-000042")
        #expect(NumberPattern.usual.number(prefix: "A", year: 2027, count: 1_234_567) == "A-1234567")
    }

    @Test(
        "a pattern is written out part by part",
        arguments: [
            ("{prefix}-{year}-{count:4}", "ACME-2027-0042"), ("{count}", "42"),
            ("{count:3}.{year}", "042.2027"),
            ("R{year}_{prefix}-{count:2}", "R2027_ACME-42"), ("INV-7-{count:12}", "INV-7-000000000042"),
            ("{year}{prefix}-{count:1}", "2027ACME-42"),
        ])
    func written(pattern: String, number: String) throws {
        let read = try NumberPattern(pattern)
        #expect(read.number(prefix: "ACME", year: 2027, count: 42) == number)
        #expect(read.text == pattern)
    }

    @Test("the usual pattern is what its text says")
    func usualText() throws {
        let usual = try NumberPattern(NumberPattern.usual.text)
        #expect(usual == .usual)
        #expect(!NumberPattern.usual.namesYear)
        let yearly = try NumberPattern("{year}-{count}")
        #expect(yearly.namesYear)
    }

    @Test(
        "a pattern by which two numbers could look the same is refused",
        arguments: [
            ("", NumberPattern.Flaw.unclearCount), ("{prefix}-{year}", .unclearCount),
            ("{count}-{count:4}", .unclearCount), ("{year}{count}", .unclearCount),
            ("{prefix}{count}", .unclearCount), ("A1{count}", .unclearCount), ("{count}0", .unclearCount),
            ("{prefix}-{prefix}-{count}", .repeatedPart), ("{year}.{year}.{count}", .repeatedPart),
            ("{month}-{count}", .unknownPart), ("{count:0}", .unknownPart), ("{count:13}", .unknownPart),
            ("{count:+4}", .unknownPart), ("{count", .unknownPart), ("A}-{count}", .unknownPart),
            ("{}-{count}", .unknownPart), ("a-{count}", .forbiddenCharacter),
            ("2027/{count}", .forbiddenCharacter), ("Ä-{count}", .forbiddenCharacter),
            ("-{count}" + String(repeating: "-", count: 40), .tooLong),
        ])
    func refused(pattern: String, flaw: NumberPattern.Flaw) {
        #expect(throws: flaw) { try NumberPattern(pattern) }
    }

    @Test("a yearly series counts each year apart, any other counts on")
    func periods() throws {
        let newYear = try #require(CivilDate("2028-01-01"))
        let yearly = NumberSeries(
            name: .invoice, prefix: "ACME", pattern: try NumberPattern("{prefix}-{year}-{count:4}"),
            isYearly: true)
        #expect(yearly.period(of: newYear) == "2028")
        #expect(yearly.period(of: newYear.adding(days: -1)) == "2027")
        #expect(yearly.number(count: 1, on: newYear) == "ACME-2028-0001")
        #expect(NumberSeries(name: .invoice, prefix: "ACME").period(of: newYear) == "")
    }

    @Test("a prefix has capital letters and digits", arguments: ["", "a", "A-B", "ABCDEFGHIJKLM", "Ä"])
    func prefixes(text: String) {
        #expect(!NumberSeries.isPrefix(text))
        #expect(NumberSeries.isPrefix("R2"))
    }
}

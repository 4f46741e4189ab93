import Primitives
import Testing

@Suite("Members of a JSON object")
struct JSONWriterMemberTests {
    @Test("whole numbers are written as numbers, not as the text that describes them")
    func wholeNumbers() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("int", 7)
        writer.member("int64", Int64(-9))
        writer.member("absent", Int?.none)
        writer.member("text", "7")
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"int":7,"int64":-9,"text":"7"}"#)
    }
}

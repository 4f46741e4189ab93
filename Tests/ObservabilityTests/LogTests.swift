import Observability
import Testing

@Suite struct LogTests {
    @Test("a line carries service, level, message and fields, also those given to with")
    func oneLine() throws {
        let recorder = LogRecorder()
        let log = Log(service: "invoice", level: .info, sink: recorder).with(["tenant_id": "org_1"])
        log.info("invoice finalized", ["invoice_id": "inv_1", "lines": 2, "took_ms": 1.5, "first": true])
        let line = try #require(recorder.lines.first)
        #expect(line.hasPrefix(#"{"time":"20"#))
        #expect(
            line.hasSuffix(
                #""level":"info","message":"invoice finalized","service":"invoice","tenant_id":"org_1","#
                    + #""first":true,"invoice_id":"inv_1","lines":2,"took_ms":1.5}"#))
    }

    @Test("lines below the level are dropped")
    func levels() {
        let recorder = LogRecorder()
        let log = Log(service: "invoice", level: .warning, sink: recorder)
        log.debug("nothing")
        log.info("nothing")
        log.warning("something")
        log.error("something")
        #expect(recorder.lines.count == 2)
        #expect(!log.writes(.info))
    }

    @Test("quotes, backslashes, control characters and line breaks cannot break a line")
    func escaping() throws {
        let recorder = LogRecorder()
        Log(service: "s", level: .debug, sink: recorder).debug("odd", ["text": "a\"b\\c\nd\u{0}é"])
        let line = try #require(recorder.lines.first)
        #expect(line.contains(#""text":"a\"b\\c\nd\u0000é""#))
    }

    @Test("numbers that JSON does not know are written as text")
    func notANumber() throws {
        let recorder = LogRecorder()
        Log(service: "s", level: .debug, sink: recorder).debug("odd", ["rate": .double(.nan)])
        #expect(try #require(recorder.lines.first).contains(#""rate":"nan""#))
    }

    @Test("a duration is written in milliseconds")
    func durations() throws {
        let recorder = LogRecorder()
        let took = LogValue.milliseconds(.microseconds(1_250))
        Log(service: "s", level: .debug, sink: recorder).debug("done", ["took_ms": took])
        #expect(try #require(recorder.lines.first).contains(#""took_ms":1.25"#))
    }
}

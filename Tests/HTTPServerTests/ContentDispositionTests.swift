import HTTPServer
import Testing

@Suite("Names of files")
struct ContentDispositionTests {
    @Test(
        "have a plain form and a whole one, and neither leaves its folder or its header field",
        arguments: [
            ("INV-1.pdf", "INV-1.pdf", "INV-1.pdf"), ("Année 1.pdf", "Ann_e 1.pdf", "Ann%C3%A9e%201.pdf"),
            ("../../etc/passwd", "etcpasswd", "etcpasswd"),
            (
                "a\"b\r\nSet-Cookie: x.pdf", "abSet-Cookie x.pdf",
                "abSet-Cookie%20x.pdf"
            ),
            ("فاتورة.pdf", "______.pdf", "%D9%81%D8%A7%D8%AA%D9%88%D8%B1%D8%A9.pdf"),
            ("x\u{202E}fdp.exe", "xfdp.exe", "xfdp.exe"), ("100%;'.pdf", "100___.pdf", "100%25%3B%27.pdf"),
        ])
    func names(name: String, plain: String, whole: String) {
        #expect(
            ContentDisposition.attachment(named: name)
                == "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(whole)")
    }
}

import IdentityDomain
import Testing

@Suite struct AppearanceTests {
    @Test("a colour is a number sign and six digits, in lower case afterwards")
    func colour() {
        #expect(AccentColor("#1F5Eff")?.text == "#1f5eff")
        for text in ["", "#", "1f5eff", "#1f5ef", "#1f5eff0", "#1f5efg", "#１f5ef", "red", "#1f5ef;"] {
            #expect(AccentColor(text) == nil, "\(text)")
        }
    }

    @Test("an image is known by its first bytes and not larger than is kept")
    func image() throws {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        #expect(try LogoImage(png).mediaType == .png)
        #expect(try LogoImage([0xFF, 0xD8, 0xFF]).mediaType == .jpeg)
        for bytes in [[], Array(png.dropLast()), [0] + png, Array("GIF89a".utf8), Array("<svg/>".utf8)] {
            #expect(throws: LogoImage.Violation.unknownKind) { try LogoImage(bytes) }
        }
        let room = LogoImage.maximumBytes - png.count
        #expect(try LogoImage(png + Array(repeating: 0, count: room)).bytes.count == 262_144)
        #expect(throws: LogoImage.Violation.tooLarge) {
            try LogoImage(png + Array(repeating: 0, count: room + 1))
        }
    }
}

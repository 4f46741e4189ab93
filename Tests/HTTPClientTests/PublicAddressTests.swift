import Testing

@testable import HTTPClient

@Suite struct PublicAddressTests {
    @Test(
        "addresses of private, local and special networks are not public",
        arguments: [
            [0, 0, 0, 0], [10, 0, 0, 1], [100, 64, 0, 1], [100, 127, 255, 255], [127, 0, 0, 1],
            [169, 254, 169, 254],
            [172, 16, 0, 1], [172, 31, 255, 255], [192, 0, 0, 1], [192, 0, 2, 1], [192, 168, 1, 1],
            [198, 18, 0, 1],
            [198, 19, 255, 255], [198, 51, 100, 7], [203, 0, 113, 9], [224, 0, 0, 1], [255, 255, 255, 255],
        ] as [[UInt8]])
    func privateIPv4(_ bytes: [UInt8]) {
        #expect(!PublicAddress.isPublicIPv4(bytes))
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF] + bytes
        #expect(!PublicAddress.isPublicIPv6(mapped))
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8) + bytes
        #expect(!PublicAddress.isPublicIPv6(translated))
        let sixToFour: [UInt8] = [0x20, 0x02] + bytes + Array(repeating: 0, count: 10)
        #expect(!PublicAddress.isPublicIPv6(sixToFour))
    }

    @Test(
        "their neighbours are public",
        arguments: [
            [1, 1, 1, 1], [9, 255, 255, 255], [11, 0, 0, 0], [100, 63, 255, 255], [100, 128, 0, 0],
            [172, 15, 0, 1],
            [172, 32, 0, 0], [192, 167, 1, 1], [192, 0, 1, 1], [198, 17, 0, 1], [198, 20, 0, 1],
            [223, 255, 255, 255],
        ] as [[UInt8]])
    func publicIPv4(_ bytes: [UInt8]) {
        #expect(PublicAddress.isPublicIPv4(bytes))
        #expect(PublicAddress.isPublicIPv6(Array(repeating: 0, count: 10) + [0xFF, 0xFF] + bytes))
    }

    @Test("of IPv6 only the global unicast range is public, without its special parts")
    func ipv6() {
        func address(_ head: [UInt8]) -> [UInt8] { head + Array(repeating: 1, count: 16 - head.count) }
        let loopback = Array(repeating: UInt8(0), count: 15) + [1]
        for bytes in [
            loopback, Array(repeating: 0, count: 16), address([0xFE, 0x80]), address([0xFC, 0x00]),
            address([0xFD]),
            address([0xFF, 0x02]), address([0x20, 0x01, 0x0D, 0xB8]), address([0x20, 0x01, 0x00, 0x00]), [],
            [1, 2, 3],
        ] {
            #expect(!PublicAddress.isPublicIPv6(bytes))
        }
        #expect(PublicAddress.isPublicIPv6(address([0x26, 0x06, 0x47, 0x00])))
        #expect(PublicAddress.isPublicIPv6(address([0x20, 0x01, 0x41, 0xD0])))
    }
}

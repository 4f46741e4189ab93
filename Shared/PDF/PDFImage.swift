import CPangoCairo
import Glibc

/// A picture whose head has been read: its kind and its size in pixels.
public struct PDFImage: Sendable, Hashable {
    /// The kinds that can be drawn.
    public enum Kind: Sendable, Hashable {
        /// Portable Network Graphics.
        case png
        /// JPEG, grey or with three colours.
        case jpeg
    }

    /// The kind.
    public let kind: Kind
    /// Pixels across.
    public let pixelWidth: Int
    /// Pixels down.
    public let pixelHeight: Int
    /// The file.
    public let bytes: [UInt8]

    /// Larger pictures are not drawn: a small file can hold one that takes gigabytes.
    public static let maximumPixels = 4_000_000

    /// Reads a file; nil when it is neither kind, or has no or too many pixels.
    public init?(_ bytes: [UInt8]) {
        guard let head = Self.pngHead(bytes) ?? Self.jpegHead(bytes), head.width > 0, head.height > 0,
            head.width <= Self.maximumPixels, head.width * head.height <= Self.maximumPixels
        else { return nil }
        kind = head.kind
        pixelWidth = head.width
        pixelHeight = head.height
        self.bytes = bytes
    }

    /// The largest box of the picture's proportions within limits.
    public func fitted(width: Double, height: Double) -> (width: Double, height: Double) {
        let scale = min(width / Double(pixelWidth), height / Double(pixelHeight))
        return (Double(pixelWidth) * scale, Double(pixelHeight) * scale)
    }

    private typealias Head = (kind: Kind, width: Int, height: Int)

    private static func pngHead(_ bytes: [UInt8]) -> Head? {
        let start: [UInt8] = [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
        ]
        guard bytes.count >= 33, bytes.starts(with: start) else { return nil }
        return (.png, number(bytes, at: 16, count: 4), number(bytes, at: 20, count: 4))
    }

    /// Looks for the frame header among the segments at the start.
    private static func jpegHead(_ bytes: [UInt8]) -> Head? {
        guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
        var index = 2
        while index + 9 < bytes.count, bytes[index] == 0xFF {
            let marker = bytes[index + 1]
            if marker == 0xFF {
                index += 1
                continue
            }
            let length = number(bytes, at: index + 2, count: 2)
            switch marker {
            case 0xC0...0xC3 where length >= 8:
                guard [1, 3].contains(bytes[index + 9]) else { return nil }
                return (.jpeg, number(bytes, at: index + 7, count: 2), number(bytes, at: index + 5, count: 2))
            case 0xD9, 0xDA: return nil
            default: index += 2 + max(length, 2)
            }
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], at index: Int, count: Int) -> Int {
        bytes[index..<index + count].reduce(0) { $0 << 8 | Int($1) }
    }

    /// The picture as the drawing library holds it; nil when the file is damaged.
    ///
    /// The caller gives it back.
    func surface() -> OpaquePointer? {
        let surface =
            switch kind {
            case .png: decodedPNG()
            case .jpeg: carriedJPEG()
            }
        guard let surface else { return nil }
        guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS else {
            cairo_surface_destroy(surface)
            return nil
        }
        return surface
    }

    private struct Reading {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0
    }

    private func decodedPNG() -> OpaquePointer? {
        bytes.withUnsafeBufferPointer { bytes in
            var reading = Reading(bytes: bytes)
            return withUnsafeMutablePointer(to: &reading) { reading in
                cairo_image_surface_create_from_png_stream(
                    { context, data, count in
                        guard let reading = context?.assumingMemoryBound(to: Reading.self), let data else {
                            return CAIRO_STATUS_READ_ERROR
                        }
                        let (start, end) = (reading.pointee.position, reading.pointee.position + Int(count))
                        guard end <= reading.pointee.bytes.count,
                            let source = reading.pointee.bytes.baseAddress
                        else { return CAIRO_STATUS_READ_ERROR }
                        data.update(from: source + start, count: Int(count))
                        reading.pointee.position = end
                        return CAIRO_STATUS_SUCCESS
                    }, reading)
            }
        }
    }

    /// The file goes into the document as it is; the surface only gives its size.
    private func carriedJPEG() -> OpaquePointer? {
        guard
            let surface = cairo_image_surface_create(
                CAIRO_FORMAT_RGB24, Int32(pixelWidth), Int32(pixelHeight))
        else { return nil }
        guard let copy = malloc(bytes.count) else {
            cairo_surface_destroy(surface)
            return nil
        }
        bytes.withUnsafeBytes {
            copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: $0.count)
        }
        let status = cairo_surface_set_mime_data(
            surface, CAIRO_MIME_TYPE_JPEG, copy.assumingMemoryBound(to: UInt8.self), UInt(bytes.count),
            { free($0) },
            copy)
        guard status == CAIRO_STATUS_SUCCESS else {
            free(copy)
            cairo_surface_destroy(surface)
            return nil
        }
        return surface
    }
}

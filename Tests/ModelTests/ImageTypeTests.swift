import Memory
import Model
import XCTest

final class ImageTypeTests: XCTestCase {
    private func type(_ bytes: [UInt8]) -> ImageType? {
        bytes.withUnsafeBufferPointer { buffer in
            ImageType(magic: Bytes(base: buffer.baseAddress!, count: buffer.count))
        }
    }

    func testTheFirstBytesTellTheTypes() {
        XCTAssertEqual(type([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0]), .png)
        XCTAssertEqual(type([0xFF, 0xD8, 0xFF, 0xE0]), .jpeg)
        XCTAssertEqual(type(Array("GIF87a".utf8)), .gif)
        XCTAssertEqual(type(Array("GIF89a??????".utf8)), .gif)
        XCTAssertEqual(type(Array("RIFF????WEBP".utf8)), .webp)
    }

    func testNothingElseIsAnImage() {
        let others: [[UInt8]] = [
            [0], [0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8], Array("GIF88a".utf8),
            Array("RIFF????WAVE".utf8), Array("RIFF????WEB".utf8), Array("<svg xmlns=".utf8),
        ]
        for other in others { XCTAssertNil(type(other)) }
    }

    func testMediaTypesAreReadInAnyCase() {
        XCTAssertEqual(ImageType(mediaType: Bytes("image/PNG")), .png)
        XCTAssertEqual(ImageType(mediaType: Bytes("image/webp")), .webp)
        XCTAssertNil(ImageType(mediaType: Bytes("image/svg+xml")))
    }
}

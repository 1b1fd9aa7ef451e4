import Foundation
import Memory
import Model
import Storage
import TestSupport
import XCTest

final class ImageTests: StoreTestCase {
    private let id = ImageID(7)

    private func readAll(_ store: Store, _ length: Int, pieces size: Int) throws -> [UInt8] {
        var read: [UInt8] = []
        while read.count < length {
            var piece = OwnedBytes([UInt8](repeating: 0, count: min(size, length - read.count)))
            try store.readImage(id, at: read.count, into: piece.mutable)
            for index in 0..<piece.bytes.count { read.append(piece.bytes[index]) }
        }
        return read
    }

    func testAnImageIsWrittenAndReadInPiecesOfAnySize() throws {
        let store = try open()
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for size in [1_000, 4_096, 9_999, 10_000] {
            try store.beginImage(id, length: content.count)
            var written = 0
            while written < content.count {
                let piece = Array(content[written..<min(written + size, content.count)])
                try piece.withUnsafeBufferPointer { buffer in
                    try store.writeImage(
                        id, Bytes(base: buffer.baseAddress!, count: buffer.count), at: written)
                }
                try store.commit()
                written += piece.count
            }
            XCTAssertNil(try store.image(id), "it is not complete")
            try store.completeImage(id, as: .gif)
            XCTAssertEqual(try store.image(id)?.length, content.count)
            XCTAssertEqual(try store.image(id)?.type, .gif)
            XCTAssertEqual(try readAll(store, content.count, pieces: size), content)
            try store.deleteImage(id)
            XCTAssertNil(try store.image(id))
            try store.commit()
        }
        XCTAssertGreaterThanOrEqual(try store.highestIdentifier(), id.value)
    }

    func testTheNextStartRemovesWhatIsNotComplete() throws {
        var store = try open()
        try store.beginImage(ImageID(1), length: 10)
        try store.completeImage(ImageID(1), as: .png)
        try store.beginImage(ImageID(2), length: 10)
        try store.commit()
        store.close()
        XCTAssertEqual(try shell("SELECT group_concat(id) FROM images"), "1,2")
        store = try open()
        XCTAssertEqual(try shell("SELECT group_concat(id) FROM images"), "1")
    }

    func testAnImageBeyondItsLengthOrGoneIsAnError() throws {
        let store = try open()
        try store.beginImage(id, length: 4)
        XCTAssertThrowsError(try store.writeImage(id, bytes("12345"), at: 0))
        store.rollback()
        XCTAssertThrowsError(try readAll(store, 1, pieces: 1))
    }
}

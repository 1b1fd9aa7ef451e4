import Memory
import Pictures
import TestSupport
import XCTest

/// What becomes of a file: its size and its bytes, or why it is refused.
enum Outcome: Equatable {
    case picture(PictureSize, [UInt8])
    case fault(PictureFault)
}

/// Cleans a file that comes in pieces, with an output of `room` bytes at a time.
func clean(
    _ format: PictureFormat, _ pieces: [[UInt8]], room: Int = 512, pixelsMax: Int = 50_000_000
) -> Outcome {
    var cleaner = PictureCleaner(format, PictureLimits(pixelsMax: pixelsMax))
    let memory = MutableBytes.allocate(room)
    defer { memory.base.deallocate() }
    var result: [UInt8] = []
    do throws(PictureFault) {
        for piece in pieces {
            var owned = OwnedBytes(piece)
            var offset = 0
            var isDone = false
            while !isDone {
                var out = ByteWriter(memory)
                isDone = try cleaner.read(owned.bytes, from: &offset, into: &out)
                result += [UInt8](out.bytes)
            }
        }
        let cleaned = try cleaner.finish()
        XCTAssertEqual(cleaned.bytes, result.count)
        for patch in [cleaned.lengthPatch, cleaned.flagsPatch] {
            guard let patch else { continue }
            result.replaceSubrange(
                patch.offset..<patch.offset + 4, with: Samples.little(Int(patch.value), 4))
        }
        return .picture(cleaned.size, result)
    } catch {
        return .fault(error)
    }
}

func cleaned(_ format: PictureFormat, _ file: [UInt8]) -> [UInt8]? {
    guard case .picture(_, let bytes) = clean(format, [file]) else { return nil }
    return bytes
}

func size(_ format: PictureFormat, _ file: [UInt8]) -> [Int]? {
    guard case .picture(let size, _) = clean(format, [file]) else { return nil }
    return [size.width, size.height, size.frames]
}

func fault(_ format: PictureFormat, _ file: [UInt8]) -> PictureFault? {
    guard case .fault(let fault) = clean(format, [file]) else { return nil }
    return fault
}

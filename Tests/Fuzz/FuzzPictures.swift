import Memory
import Pictures

/// Any file, cut in any way: no trap, no access outside of the memory given, never longer than it came, and
/// the same as when it comes whole. The first byte chooses the format and the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPictures(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 1 else { return 0 }
    let file = UnsafeBufferPointer(start: data + 1, count: count - 1)
    let format = PictureFormat.allCases[Int(data[0]) % PictureFormat.allCases.count]
    let whole = cleaned(format, file, room: 512) { $0 }
    let bytewise = cleaned(format, file, room: PictureCleaner.outputBytesMin) { _ in 1 }
    var seed = UInt64(data[0])
    let cut = cleaned(format, file, room: 100) { _ in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(seed >> 60) + 1
    }
    precondition(whole == bytewise && whole == cut, "the cuts show")
    precondition(whole.count <= file.count, "it has grown")
    return 0
}

/// What is written, also of a file that is refused; `nextRead` is asked for the size of each piece.
private func cleaned(
    _ format: PictureFormat, _ file: UnsafeBufferPointer<UInt8>, room: Int, nextRead: (Int) -> Int
) -> [UInt8] {
    var cleaner = PictureCleaner(format, PictureLimits(pixelsMax: 50_000_000))
    let memory = MutableBytes.allocate(room)
    defer { memory.base.deallocate() }
    var result: [UInt8] = []
    var start = 0
    do throws(PictureFault) {
        while start < file.count {
            let end = min(start + nextRead(file.count - start), file.count)
            let input = MutableBytes.allocate(end - start)
            defer { input.base.deallocate() }
            for index in 0..<input.count { input[index] = file[start + index] }
            var offset = 0
            var isDone = false
            while !isDone {
                var out = ByteWriter(memory)
                isDone = try cleaner.read(input.bytes, from: &offset, into: &out)
                result += UnsafeBufferPointer(start: out.bytes.base, count: out.count)
            }
            start = end
        }
        let picture = try cleaner.finish()
        precondition(picture.bytes == result.count && picture.size.width > 0)
        for patch in [picture.lengthPatch, picture.flagsPatch] {
            precondition((patch?.offset ?? 0) + 4 <= result.count)
        }
        return result
    } catch {
        // How much was written before depends on the cuts; what was is to be forgotten.
        return []
    }
}

import Memory
import Pictures
import TestSupport
import XCTest

/// What goes and what stays, for each format.
final class CleaningTests: XCTestCase {
    func testPNGKeepsItsListedChunks() {
        let kept = ["PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "pHYs", "bKGD", "fdAT"]
            .flatMap { Samples.chunk($0, Samples.text("stays")) }
        let dropped = ["tEXt", "zTXt", "iTXt", "tIME", "sPLT", "hIST", "prVt"]
            .flatMap { Samples.chunk($0, Samples.text("SECRET")) }
        let animation = Samples.chunk("acTL", Samples.big(1, 4) + Samples.big(0, 4))
            + Samples.frameControl(3, 0)
        XCTAssertEqual(
            cleaned(.png, Samples.png(before: kept + dropped + animation, after: dropped) + [1, 2, 3]),
            Samples.png(before: kept + animation))
    }

    func testPNGKeepsTheOrientationAlone() {
        for bigEndian in [true, false] {
            let exif = Samples.chunk("eXIf", Samples.exif(orientation: 6, bigEndian: bigEndian))
            XCTAssertEqual(
                cleaned(.png, Samples.png(after: exif + exif)),
                Samples.png(after: Samples.chunk("eXIf", Samples.onlyOrientation(6))))
        }
        let without = Samples.chunk("eXIf", Samples.exif(orientation: 9))
        XCTAssertEqual(cleaned(.png, Samples.png(before: without)), Samples.png())
    }

    func testJPEGKeepsWhatDecodersNeed() {
        let profile = Samples.segment(0xE2, Samples.text("ICC_PROFILE\0") + [1, 1, 5, 5])
        let adobe = Samples.segment(0xEE, Samples.text("Adobe") + [0, 100, 0, 0, 0, 0, 1])
        let longer = Samples.segment(0xEE, Samples.text("Adobe") + [0, 100, 0, 0, 0, 0, 1] + [9, 9])
        let dropped = Samples.segment(0xFE, Samples.text("SECRET"))
            + Samples.segment(0xE0, Samples.text("JFXX\0") + Array(repeating: 7, count: 20))
            + Samples.segment(0xE1, Samples.text("http://ns.adobe.com/xap/1.0/\0") + Samples.text("SECRET"))
            + Samples.segment(0xE2, Samples.text("MPF\0SECRETSECRET")) + Samples.segment(0xED, [1])
        let exif = Samples.segment(0xE1, Samples.text("Exif\0\0") + Samples.exif(orientation: 3))
        let small = Samples.segment(0xE1, Samples.text("Exif\0\0") + Samples.onlyOrientation(3))
        XCTAssertEqual(
            cleaned(.jpeg, Samples.jpeg(
                before: Samples.jfif([1, 2, 3]) + dropped + exif + exif + profile + longer,
                after: dropped + Samples.scan) + Samples.text("SECRET")),
            Samples.jpeg(before: Samples.jfif([]) + small + profile + adobe, after: Samples.scan))
    }

    func testJPEGFillBytesAndTheLateHeightGo() {
        let fill: [UInt8] = [0xFF, 0xFF, 0xFF]
        XCTAssertEqual(
            cleaned(.jpeg, Samples.jpeg(
                before: fill, after: Samples.segment(0xDC, Samples.big(60_000, 2)) + fill)),
            Samples.jpeg())
    }

    func testGIFKeepsFramesControlsAndLoops() {
        let comment: [UInt8] = [0x21, 0xFE, 6] + Samples.text("SECRET") + [0]
        let plain: [UInt8] = [0x21, 1, 12] + Array(repeating: 1, count: 12) + [3, 65, 66, 67, 0]
        let foreign = Samples.application("XMP DataXMP", Samples.text("SECRET"))
        let frames = Samples.control + Samples.image(3, 2) + Samples.control + Samples.image(2, 2)
        XCTAssertEqual(
            cleaned(.gif, Samples.gif(
                blocks: comment + foreign + Samples.loops + plain + frames + Samples.loops + comment) + [7]),
            Samples.gif(blocks: Samples.loops + frames))
    }

    func testWebPHasItsFlagsAndLengthPutRight() {
        let exif = Samples.part("EXIF", Samples.exif(orientation: 8))
        let small = Samples.part("EXIF", Samples.onlyOrientation(8))
        let dropped = Samples.part("XMP ", Samples.text("SECRET!"))
            + Samples.part("JUNK", Samples.text("SECRET"))
        let profile = Samples.part("ICCP", [1, 2, 3])
        let picture = Samples.part("ALPH", [4, 5, 6]) + Samples.lossy(3, 2)
        XCTAssertEqual(
            cleaned(.webP, Samples.webP(
                Samples.canvas(0x3F, 3, 2) + dropped + profile + picture + exif + dropped) + [1, 2]),
            Samples.webP(Samples.canvas(0x38, 3, 2) + profile + picture + small))
        XCTAssertEqual(
            cleaned(.webP, Samples.webP(Samples.canvas(0x2C, 3, 2) + picture + dropped)),
            Samples.webP(Samples.canvas(0, 3, 2) + picture))
        XCTAssertEqual(
            cleaned(.webP, Samples.webP(Samples.lossless(3, 2) + dropped)),
            Samples.webP(Samples.lossless(3, 2)))
    }

    func testWebPKeepsItsAnimation() {
        let animation = Samples.part("ANIM", [0, 0, 0, 0, 0, 0])
        func file(_ hidden: [UInt8]) -> [UInt8] {
            Samples.webP(Samples.canvas(2, 8, 4) + animation
                + Samples.animationFrame(4, 4, extra: Samples.part("JUNK", hidden))
                + Samples.animationFrame(4, 4, x: 4))
        }
        XCTAssertEqual(cleaned(.webP, file(Samples.text("SECRET"))), file([0, 0, 0, 0, 0, 0]))
    }

    func testNoCutOfTheInputShows() {
        let exif = Samples.exif(orientation: 5)
        let files: [(PictureFormat, [UInt8])] = [
            (.png, Samples.png(
                before: Samples.chunk("tEXt", Samples.text("SECRET")), after: Samples.chunk("eXIf", exif))),
            (.jpeg, Samples.jpeg(
                before: Samples.jfif([1, 2, 3]) + Samples.segment(0xE1, Samples.text("Exif\0\0") + exif)
                    + Samples.segment(0xEE, Samples.text("Adobe") + Array(repeating: 0, count: 20)))),
            (.gif, Samples.gif(blocks: Samples.loops + Samples.control + Samples.image(3, 2))),
            (.webP, Samples.webP(
                Samples.canvas(0xC, 3, 2) + Samples.lossless(3, 2) + Samples.part("EXIF", exif))),
            (.webP, Samples.webP(Samples.canvas(2, 8, 4) + Samples.animationFrame(4, 4, x: 4))),
        ]
        for (format, file) in files {
            let whole = clean(format, [file + [1, 2, 3]])
            guard case .picture(_, let result) = whole else { return XCTFail("\(format) is refused") }
            XCTAssertLessThanOrEqual(result.count, file.count)
            forEverySplit(of: file + [1, 2, 3]) { pieces, name in
                let room = PictureCleaner.outputBytesMin
                XCTAssertEqual(clean(format, pieces, room: room), whole, "\(format), \(name)")
            }
            for length in 0..<file.count {
                XCTAssertEqual(fault(format, Array(file.prefix(length))), .unsound, "\(format), \(length)")
            }
            XCTAssertEqual(cleaned(format, result), result, "\(format) changes again")
        }
    }

    func testADamagedFileNeverGrowsAndIsTheSameInAnyCut() {
        var random = SeededGenerator(seed: 1)
        let files: [(PictureFormat, [UInt8])] = [
            (.png, Samples.png(before: Samples.chunk("eXIf", Samples.exif(orientation: 5)))),
            (.jpeg, Samples.jpeg(before: Samples.jfif([1, 2, 3]))),
            (.gif, Samples.gif(blocks: Samples.loops + Samples.control + Samples.image(3, 2))),
            (.webP, Samples.webP(Samples.canvas(2, 8, 4) + Samples.animationFrame(4, 4, x: 4))),
        ]
        for (format, file) in files {
            for _ in 0..<2_000 {
                var damaged = file
                for _ in 0...Int.random(in: 0..<3, using: &random) {
                    damaged[Int.random(in: 0..<file.count, using: &random)] =
                        UInt8.random(in: 0...255, using: &random)
                }
                let whole = clean(format, [damaged])
                XCTAssertEqual(clean(format, damaged.map { [$0] }, room: 64), whole)
                if case .picture(_, let result) = whole {
                    XCTAssertLessThanOrEqual(result.count, damaged.count)
                }
            }
        }
    }
}

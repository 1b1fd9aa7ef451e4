import Memory
import Pictures
import TestSupport
import XCTest

/// Sizes as decoders read them, and what is refused for them.
final class SizeTests: XCTestCase {
    func testSizes() {
        XCTAssertEqual(size(.png, Samples.png(30, 20)), [30, 20, 1])
        XCTAssertEqual(size(.jpeg, Samples.jpeg(30, 20, before: [0xFF, 0xFF])), [30, 20, 1])
        XCTAssertEqual(size(.webP, Samples.webP(Samples.lossy(30, 20))), [30, 20, 1])
        XCTAssertEqual(size(.webP, Samples.webP(Samples.lossless(30, 20))), [30, 20, 1])
        XCTAssertEqual(
            size(.webP, Samples.webP(Samples.canvas(0, 1, 1) + Samples.lossless(30, 20))), [30, 20, 1])
        XCTAssertEqual(
            size(.webP, Samples.webP(
                Samples.canvas(2, 10, 50) + Samples.animationFrame(4, 4, x: 40)
                    + Samples.animationFrame(4, 4))), [44, 50, 2])
        let frames = Samples.image(3, 2) + Samples.image(10, 10, x: 5, y: 90)
        XCTAssertEqual(size(.gif, Samples.gif(40, 1, blocks: frames)), [40, 100, 2])
        XCTAssertEqual(size(.gif, Samples.gif(0, 0)), [3, 2, 1])
    }

    func testASideIsBounded() {
        for side in [16_384, 16_385] {
            let expected: PictureFault? = side == 16_384 ? nil : .sideTooLong
            XCTAssertEqual(fault(.png, Samples.png(side, 1)), expected)
            XCTAssertEqual(fault(.jpeg, Samples.jpeg(1, side)), expected)
            XCTAssertEqual(fault(.gif, Samples.gif(side, 1)), expected)
            XCTAssertEqual(
                fault(.gif, Samples.gif(1, 1, blocks: Samples.image(1, 1, x: side - 1))), expected)
            XCTAssertEqual(
                fault(.webP, Samples.webP(Samples.canvas(0, side, 1) + Samples.lossy(1, 1))), expected)
        }
        XCTAssertEqual(fault(.png, Samples.png(0xFFFF_FFFF, 1)), .sideTooLong)
    }

    func testPixelsAreBounded() {
        XCTAssertEqual(fault(.gif, Samples.gif(1, 1, blocks: Samples.image(16_000, 16_000))), .tooManyPixels)
        XCTAssertEqual(
            fault(.webP, Samples.webP(
                Samples.canvas(2, 1, 1) + Samples.animationFrame(10_000, 10_000))), .tooManyPixels)
        XCTAssertEqual(fault(.jpeg, Samples.jpeg(10_000, 5_000)), nil)
        XCTAssertEqual(fault(.jpeg, Samples.jpeg(10_000, 5_001)), .tooManyPixels)
        XCTAssertEqual(clean(.png, [Samples.png(2, 1)], pixelsMax: 1), .fault(.tooManyPixels))
    }

    func testFramesAreBounded() {
        func gif(_ count: Int) -> [UInt8] {
            Samples.gif(blocks: (0..<count).flatMap { _ in Samples.image(1, 1) })
        }
        XCTAssertEqual(size(.gif, gif(1_000))?[2], 1_000)
        XCTAssertEqual(fault(.gif, gif(1_001)), .tooManyFrames)
        let said = Samples.chunk("acTL", Samples.big(1_001, 4) + Samples.big(0, 4))
        XCTAssertEqual(fault(.png, Samples.png(before: said)), .tooManyFrames)
        let counted = (0..<1_001).flatMap { _ in Samples.frameControl(1, 0) }
        XCTAssertEqual(fault(.png, Samples.png(before: counted)), .tooManyFrames)
        let scans = (0..<1_000).flatMap { _ in Samples.scan }
        XCTAssertEqual(fault(.jpeg, Samples.jpeg(after: scans)), .tooManyFrames)
    }

    func testWhatIsNotSoundIsNoPicture() {
        let files: [(PictureFormat, [UInt8])] = [
            (.png, Samples.png(0, 1)), (.png, Samples.png(1, 0)),
            (.png, Samples.png(before: Samples.header(1, 1))),
            (.png, Samples.png(before: Samples.chunk("XXXX", []))),
            (.png, Samples.png(before: Samples.frameControl(2, 2))),
            (.png, Samples.pngSignature + Samples.header(1, 1) + Samples.chunk("IEND", [])),
            (.png, Samples.pngSignature + Samples.chunk("IDAT", [])),
            (.jpeg, Samples.jpeg(1, 0)), (.jpeg, Samples.jpeg(0, 1)),
            (.jpeg, Samples.jpeg(after: Samples.frame(9, 9))),
            (.jpeg, [0xFF, 0xD8, 0xFF, 0xD9]), (.jpeg, Samples.jpeg(before: [0])),
            (.jpeg, Samples.jpeg(before: [0xFF, 0xD8])), (.jpeg, Samples.jpeg(before: Samples.scan)),
            (.gif, Samples.gif(blocks: [])), (.gif, Samples.gif(blocks: Samples.image(0, 1))),
            (.gif, Samples.gif(blocks: [0])),
            (.webP, Samples.webP([])), (.webP, Samples.webP(Samples.canvas(0, 1, 1))),
            (.webP, Samples.webP(Samples.part("JUNK", []) + Samples.lossy(1, 1))),
            (.webP, Samples.webP(Samples.lossy(0, 1))),
        ]
        for (format, file) in files {
            XCTAssertEqual(fault(format, file), .unsound, "\(format) \(file)")
        }
    }
}

import Memory
import TestSupport
import XCTest

final class UTF8ValidatorTests: XCTestCase {
    /// What the validator should say of bytes: of all of them, or from some byte on.
    private enum Verdict: UInt8 { case refused, unfinished, complete }

    /// Every sequence of up to three bytes that can begin or be a scalar's encoding, from the
    /// standard library's encodings of all scalars.
    private static let verdicts: [UInt32: Verdict] = {
        var table: [UInt32: Verdict] = [:]
        // Of four bytes the first three are wanted, which 64 scalars share.
        let values = Array(UInt32(0)..<0x10000) + stride(from: 0x10000, through: 0x10FFFF, by: 64)
        for scalar in values.compactMap(UnicodeScalar.init) {
            let encoding = Array(UTF8.encode(scalar)!)
            var key: UInt32 = 1
            for (index, byte) in encoding.prefix(3).enumerated() {
                key = key << 8 | UInt32(byte)
                table[key] = index == encoding.count - 1 ? .complete : .unfinished
            }
        }
        return table
    }()

    private func verdict(_ bytes: [UInt8]) -> Verdict {
        var key: UInt32 = 1
        var verdict = Verdict.complete
        for byte in bytes {
            if verdict == .complete { key = 1 }
            key = key << 8 | UInt32(byte)
            guard let next = Self.verdicts[key] else { return .refused }
            verdict = next
        }
        return verdict
    }

    private func beforeLetters(_ verdict: Verdict) -> Verdict {
        verdict == .complete ? .complete : .refused
    }

    private func verdict(of validator: UTF8Validator, accepted: Bool) -> Verdict {
        guard accepted else { return .refused }
        return validator.isComplete ? .complete : .unfinished
    }

    private func verdict(feeding pieces: Bytes...) -> Verdict {
        var validator = UTF8Validator()
        for piece in pieces where !validator.consume(piece) { return .refused }
        return validator.isComplete ? .complete : .unfinished
    }

    /// Sequences are tried alone, which is followed byte by byte, and before three letters,
    /// which is where a validator may look at several bytes at once.
    func testEverySequenceOfOneAndTwoBytes() {
        var owned = OwnedBytes([0, 0, 0x61, 0x61, 0x61])
        let bytes = owned.bytes.prefix(2)
        for first in UInt8.min...UInt8.max {
            owned.mutable[0] = first
            XCTAssertEqual(verdict(feeding: bytes.prefix(1)), verdict([first]), "\(first)")
            for second in UInt8.min...UInt8.max {
                owned.mutable[1] = second
                let expected = verdict([first, second])
                let whole = verdict(feeding: bytes)
                let split = verdict(feeding: bytes.prefix(1), bytes.dropFirst(1))
                let padded = verdict(feeding: owned.bytes)
                if whole != expected || split != expected || padded != beforeLetters(expected) {
                    XCTFail("\(first) \(second): \(whole), \(split), \(padded), not \(expected)")
                }
            }
        }
    }

    /// Of the ASCII bytes three lead: the others are the same byte to any rule of UTF-8. What is
    /// refused for its first byte is tried with every second one above.
    func testEverySequenceOfThreeBytes() {
        var owned = OwnedBytes([0, 0, 0, 0x61, 0x61, 0x61])
        let bytes = owned.bytes.prefix(3)
        let (one, two) = (bytes.prefix(1), bytes.prefix(2))
        let (last, lastTwo) = (bytes.dropFirst(2), bytes.dropFirst(1))
        var wrong = 0
        for first in [0x00, 0x41, 0x7F] + Array(UInt8(0x80)...0xFF) {
            owned.mutable[0] = first
            if verdict([first]) == .refused { continue }
            for second in UInt8.min...UInt8.max {
                owned.mutable[1] = second
                let start = verdict([first, second])
                var afterTwo = UTF8Validator()
                let acceptedTwo = afterTwo.consume(two)
                for third in UInt8.min...UInt8.max {
                    owned.mutable[2] = third
                    let expected = start == .refused ? start : verdict([first, second, third])
                    if verdict(feeding: bytes) != expected { wrong += 1 }
                    if verdict(feeding: owned.bytes) != beforeLetters(expected) { wrong += 1 }
                    guard start != .refused else { continue }
                    var validator = afterTwo
                    let accepted = acceptedTwo && validator.consume(last)
                    if verdict(of: validator, accepted: accepted) != expected { wrong += 1 }
                    if verdict(feeding: one, lastTwo) != expected { wrong += 1 }
                }
            }
        }
        XCTAssertEqual(wrong, 0)
    }

    func testSequencesOfFourBytesAtEverySplit() {
        var random = SeededGenerator(seed: 4)
        let leads: [UInt8] = [0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xED, 0xE0, 0xC2, 0xC1, 0x41]
        let others: [UInt8] = [0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0]
        var counts: [Bool: Int] = [:]
        for round in 0..<20000 {
            let lead = leads[round % leads.count]
            let rest = (0..<3).map { _ in
                if round % 2 == 0 { return others.randomElement(using: &random)! }
                return UInt8.random(in: 0x80...0xBF, using: &random)
            }
            let sequence = [lead] + rest
            let isValid = String(validating: sequence, as: UTF8.self) != nil
            counts[isValid, default: 0] += 1
            assertValid(sequence, isValid)
        }
        XCTAssertGreaterThan(counts[true]!, 1000)
        XCTAssertGreaterThan(counts[false]!, 1000)
    }

    /// Runs of ASCII may be taken many bytes at a time: a sequence must be seen wherever it
    /// begins in such a run, ends it, or is cut by its end.
    func testSequencesAtEveryPlaceOfAnASCIIRun() {
        let sequences: [[UInt8]] = [
            [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0xA6, 0x86], [0x80], [0xC0, 0x80],
            [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xC3],
            [0xE2, 0x82], [0xF0, 0x9F, 0xA6], [0xC1, 0xBF],
            [0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xC3, 0xA9],
        ]
        for sequence in sequences {
            for before in 0...80 {
                for after in [0, 1, 7, 40] {
                    let bytes =
                        [UInt8](repeating: 0x61, count: before) + sequence
                        + [UInt8](repeating: 0x7F, count: after)
                    let isValid = String(validating: bytes, as: UTF8.self) != nil
                    assertValid(bytes, isValid)
                }
            }
        }
    }

    func testRandomTextsAgreeWithTheStandardLibrary() {
        var random = SeededGenerator(seed: 8)
        let alphabet = Array("aaaaaaaaßé€語한🦆\u{10FFFF}\u{D7FF}\u{E000}".unicodeScalars)
        for _ in 0..<3000 {
            let length = Int.random(in: 0...60, using: &random)
            var text = String.UnicodeScalarView()
            for _ in 0..<length { text.append(alphabet.randomElement(using: &random)!) }
            var bytes = Array(String(text).utf8)
            if Bool.random(using: &random), !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = random.bytes(1)[0]
            }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            var owned = OwnedBytes(bytes)
            XCTAssertEqual(UTF8Validator.isValid(owned.bytes), isValid, "\(bytes)")
            let cut = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
            let verdict = verdict(feeding: owned.bytes.prefix(cut), owned.bytes.dropFirst(cut))
            XCTAssertEqual(verdict == .complete, isValid, "\(bytes) cut at \(cut)")
        }
    }

    /// What is refused is refused with its first bad byte, though more is announced.
    func testTheFirstBadByteIsEnough() {
        let table: [(good: [UInt8], bad: UInt8)] = [
            ([], 0x80), ([], 0xC0), ([], 0xC1), ([], 0xF5), ([], 0xFF),
            ([0xC2], 0x7F), ([0xC2], 0xC0), ([0xE0], 0x9F), ([0xE0, 0xA0], 0x41),
            ([0xED], 0xA0), ([0xF0], 0x8F), ([0xF4], 0x90), ([0xF0, 0x90, 0x80], 0xC0),
        ]
        for (good, bad) in table {
            for run in [0, 1, 16, 17] {
                let bytes = [UInt8](repeating: 0x61, count: run) + good
                var owned = OwnedBytes(bytes + [bad])
                var validator = UTF8Validator()
                XCTAssertTrue(validator.consume(owned.bytes.prefix(bytes.count)))
                XCTAssertEqual(validator.isComplete, good.isEmpty)
                XCTAssertFalse(validator.consume(owned.bytes.dropFirst(bytes.count)))
                XCTAssertFalse(UTF8Validator.isValid(owned.bytes))
            }
        }
    }

    func testTheStateIsAFewBytes() {
        XCTAssertLessThanOrEqual(MemoryLayout<UTF8Validator>.size, 4)
    }

    private func assertValid(_ bytes: [UInt8], _ isValid: Bool) {
        var owned = OwnedBytes(bytes)
        for cut in 0...bytes.count {
            let verdict = verdict(feeding: owned.bytes.prefix(cut), owned.bytes.dropFirst(cut))
            if (verdict == .complete) != isValid { XCTFail("\(bytes) cut at \(cut)") }
        }
        var validator = UTF8Validator()
        var accepted = true
        for index in bytes.indices where accepted {
            accepted = validator.consume(owned.bytes[index..<index + 1])
        }
        if (accepted && validator.isComplete) != isValid { XCTFail("\(bytes) byte by byte") }
    }
}

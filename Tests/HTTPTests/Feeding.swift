import HTTP
import Memory
import TestSupport
import XCTest

/// Scalars below U+0100 as single bytes, so that tables can hold any byte.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

/// What came of feeding a head: everything a caller can see, as text.
func headOutcome(_ pieces: [[UInt8]], headBytesMax: Int = 8192) -> String {
    var parser = RequestParser(headBytesMax: headBytesMax)
    var fed: [UInt8] = []
    for piece in pieces {
        fed += piece
        // Fresh memory of the exact size each time: the parser may hold no pointer, and the
        // address sanitizer sees any step too far.
        var owned = OwnedBytes(fed)
        do {
            if let (head, length) = try parser.parse(owned.bytes) {
                return describe(head, length: length)
            }
        } catch {
            return "\(error.status.rawValue) \(error.reason)"
        }
    }
    return "more"
}

func headOutcome(_ text: String) -> String { headOutcome([latin1(text)]) }

/// The head of a request that must be accepted, while `body` runs.
func withHead(_ text: String, _ body: (RequestHead) throws -> Void) throws {
    var owned = OwnedBytes(latin1(text))
    var parser = RequestParser(headBytesMax: 8192)
    let (head, _) = try XCTUnwrap(try parser.parse(owned.bytes), text)
    try body(head)
}

private func describe(_ head: RequestHead, length: Int) -> String {
    var text = "\(head.method.name) \(String(head.path))"
    text += " ?\(String(head.query)) 1.\(head.minorVersion) \(head.body) length=\(length)"
    if head.keepAlive { text += " keepAlive" }
    if head.expectsContinue { text += " expectsContinue" }
    if head.connectionHasUpgrade { text += " connectionHasUpgrade" }
    let fields: [(String, Bytes?)] = [
        ("host", head.host), ("authorization", head.authorization),
        ("contentType", head.contentType), ("origin", head.origin),
        ("ifNoneMatch", head.ifNoneMatch), ("upgrade", head.upgrade),
        ("requestMethod", head.accessControlRequestMethod),
        ("requestHeaders", head.accessControlRequestHeaders),
        ("key", head.secWebSocketKey), ("version", head.secWebSocketVersion),
    ]
    for case (let name, let value?) in fields { text += " \(name)=[\(String(value))]" }
    return text
}

/// What came of feeding a body. `outBytes` is the writer's size: a small one is emptied and
/// offered again, as a caller that streams to a file does.
struct BodyOutcome: Equatable {
    var payload: [UInt8] = []
    var consumed = 0
    var isComplete = false
    var status: UInt16?
}

func bodyOutcome(
    _ framing: RequestHead.Body, _ pieces: [[UInt8]], bytesMax: Int = 1000, outBytes: Int = 128
) -> BodyOutcome {
    var outcome = BodyOutcome()
    var storage = OwnedBytes([UInt8](repeating: 0, count: outBytes))
    do {
        var decoder = try BodyDecoder(framing, bytesMax: bytesMax)
        for piece in pieces {
            var owned = OwnedBytes(piece)
            var offset = 0
            while offset < piece.count, !decoder.isComplete {
                var out = ByteWriter(storage.mutable)
                defer {
                    XCTAssertFalse(out.overflowed)
                    outcome.payload += [UInt8](out.bytes)
                }
                let taken = try decoder.decode(owned.bytes.dropFirst(offset), into: &out)
                XCTAssertTrue(taken > 0 || decoder.isComplete, "the decoder makes no progress")
                offset += taken
                outcome.consumed += taken
            }
        }
        outcome.isComplete = decoder.isComplete
    } catch {
        outcome.status = error.status.rawValue
        // How much was taken before a refusal is told to nobody.
        outcome.consumed = 0
    }
    return outcome
}

/// Splits that large inputs can afford; small ones use `forEverySplit`.
func forSomeSplits(of input: [UInt8], _ body: (_ pieces: [[UInt8]], _ name: String) -> Void) {
    body([input], "whole")
    for size in [97, 1000, 4096] {
        let starts = stride(from: 0, to: input.count, by: size)
        body(starts.map { Array(input[$0..<min($0 + size, input.count)]) }, "pieces of \(size)")
    }
}

/// SplitMix64: a failure is reproduced by its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension [UInt8] {
    func mutated(using generator: inout SeededGenerator) -> [UInt8] {
        var copy = self
        let interesting = latin1("\r\n\t :;,=/?#%*[]\"\u{0}\u{16}\u{7F}\u{80}\u{FF}0123456789aFxGH")
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard !copy.isEmpty else { return copy }
            let index = Int.random(in: 0..<copy.count, using: &generator)
            let end = Int.random(in: index...Swift.min(copy.count, index + 20), using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: copy[index] = interesting.randomElement(using: &generator)!
            case 1: copy.insert(interesting.randomElement(using: &generator)!, at: index)
            case 2: copy.removeSubrange(index..<end)
            case 3: copy.insert(contentsOf: copy[index..<end], at: index)
            default: copy[index] = UInt8.random(in: 0...255, using: &generator)
            }
        }
        return copy
    }

    func randomPieces(using generator: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = self[...]
        while !rest.isEmpty {
            let length = Int.random(in: 1...Swift.min(40, rest.count), using: &generator)
            pieces.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return pieces
    }
}

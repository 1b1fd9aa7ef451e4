import TLS
import TLSClient
import TestSupport
import XCTest

/// Peers who send what they should not: it costs their own session and nothing else.
final class HostileTests: XCTestCase {
    private var context: TLSContext!

    override func setUpWithError() throws { context = try .made() }
    override func tearDown() { context = nil }

    /// Feeds bytes to a session in its handshake until it fails, or wants more than there is.
    private func feed(_ bytes: [UInt8], to pair: Pair) -> TLSSession.Progress {
        var rest = bytes[...]
        var steps = 100
        while true {
            rest = pair.offer(rest)
            let progress = pair.session.handshake(steps: &steps)
            switch progress {
            case .wantsOutput: pair.sendPending()
            case .wantsInput: if rest.isEmpty { return progress }
            case .done, .failed, .wantsStep: return progress
            }
        }
    }

    private func hello() throws -> [UInt8] {
        let pair = try Pair(context)
        _ = tls_client_handshake(pair.client)
        return pair.fromClient()
    }

    private func assertWorks(file: StaticString = #filePath, line: UInt = #line) throws {
        let pair = try Pair(context)
        XCTAssertEqual(pair.shakeHands(), .done, file: file, line: line)
        XCTAssertTrue(pair.send(Array("well".utf8)))
        XCTAssertEqual(
            pair.receive(pair.fromClient()), Array("well".utf8), file: file, line: line)
    }

    func testATruncatedHelloIsWaitedFor() throws {
        let hello = try hello()
        for length in 0..<hello.count {
            let progress = feed(Array(hello[..<length]), to: try Pair(context))
            guard case .wantsInput = progress else { return XCTFail("\(length): \(progress)") }
        }
        try assertWorks()
    }

    func testWhatIsNoTLSIsRefused() throws {
        for bytes in [
            Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), [UInt8](repeating: 0, count: 600),
            [UInt8](repeating: 0xFF, count: 600),
            // SSL 2's hello, a record too long, an empty one, data before the handshake.
            [0x80, 0x2E, 1, 3, 1] + [UInt8](repeating: 0, count: 60),
            [22, 3, 1, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 600),
            [22, 3, 1, 0, 0] + [UInt8](repeating: 1, count: 600),
            [23, 3, 3, 0, 5, 1, 2, 3, 4, 5],
        ] {
            let progress = feed(bytes, to: try Pair(context))
            guard case .failed = progress else { return XCTFail("\(bytes.prefix(8)): \(progress)") }
        }
        try assertWorks()
    }

    /// mbedTLS 2.28 refuses it at once, 3.6 when more has come than it has room for.
    func testAMessageLongerThanAnyRecordIsRefused() throws {
        let piece = [22, 3, 1, 0x3F, 0xFF, 1, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 7, count: 16_379)
        let progress = feed(piece + piece, to: try Pair(context))
        guard case .failed = progress else { return XCTFail("\(progress)") }
        try assertWorks()
    }

    func testRandomBytesNeverGetFurther() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let count = Int.random(in: 1...400, using: &random)
            var bytes = random.bytes(count)
            // Most of them with the beginning of a record, so that more is looked at.
            if Bool.random(using: &random), count > 5 {
                bytes.replaceSubrange(0..<3, with: [22, 3, 1])
                bytes[3] = 0
                bytes[4] = UInt8(truncatingIfNeeded: count - 5)
            }
            if case .done = feed(bytes, to: try Pair(context)) { XCTFail("random bytes shook hands") }
        }
        try assertWorks()
    }

    /// A hello with bits and lengths changed is refused, or understood as another one.
    func testADamagedHelloIsAnsweredOrRefused() throws {
        let hello = try hello()
        var random = SeededGenerator(seed: 12)
        var refused = 0
        for _ in 0..<3_000 {
            var bytes = hello
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random)!
                case 2: bytes.remove(at: at)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                }
            }
            switch feed(bytes, to: try Pair(context)) {
            case .failed: refused += 1
            case .done: XCTFail("it shook hands alone")
            default: break
            }
        }
        XCTAssertGreaterThan(refused, 500)
        try assertWorks()
    }

    /// Each record of the client's second flight, damaged in each of its bytes.
    func testADamagedFlightIsRefused() throws {
        var refused = 0
        for at in 0..<200 {
            let pair = try Pair(context)
            tls_client_limit_version(pair.client, false)
            var flights = 0
            let outcome = pair.shakeHands { bytes in
                guard !bytes.isEmpty else { return bytes }
                flights += 1
                guard flights == 2, at < bytes.count else { return bytes }
                var damaged = bytes
                damaged[at] ^= 0x40
                return damaged
            }
            if outcome == .done { break }
            refused += 1
        }
        XCTAssertGreaterThan(refused, 80)
        try assertWorks()
    }

    // MARK: The open session

    private func openPair() throws -> Pair {
        let pair = try Pair(context)
        XCTAssertEqual(pair.shakeHands(), .done)
        return pair
    }

    private func assertFails(
        _ pair: Pair, _ bytes: [UInt8], alert: Int32? = nil, file: StaticString = #filePath,
        line: UInt = #line
    ) {
        var rest = pair.offer(bytes[...])
        var reading = pair.read().1
        while case .wantsInput = reading, !rest.isEmpty {
            rest = pair.offer(rest)
            reading = pair.read().1
        }
        guard case .failed = reading else {
            return XCTFail("\(reading)", file: file, line: line)
        }
        guard let alert else { return }
        pair.sendPending()
        _ = pair.clientReads()
        XCTAssertEqual(tls_client_alert(pair.client), alert, file: file, line: line)
    }

    func testADamagedRecordEndsTheSession() throws {
        for at in 5..<60 {
            let pair = try openPair()
            XCTAssertTrue(pair.send([UInt8](repeating: 7, count: 40)))
            var record = pair.fromClient()
            guard at < record.count else { break }
            record[at] ^= 1
            assertFails(pair, record, alert: 20)
        }
        try assertWorks()
    }

    func testARecordPlayedAgainEndsTheSession() throws {
        let pair = try openPair()
        XCTAssertTrue(pair.send(Array("once".utf8)))
        let record = pair.fromClient()
        XCTAssertEqual(pair.receive(record), Array("once".utf8))
        assertFails(pair, record, alert: 20)
    }

    func testRecordsInAnotherOrderEndTheSession() throws {
        let pair = try openPair()
        XCTAssertTrue(pair.send(Array("first".utf8)))
        let first = pair.fromClient()
        XCTAssertTrue(pair.send(Array("second".utf8)))
        assertFails(pair, pair.fromClient() + first, alert: 20)
    }

    func testARecordOfAnotherSessionEndsThisOne() throws {
        let other = try openPair()
        XCTAssertTrue(other.send(Array("not for you".utf8)))
        assertFails(try openPair(), other.fromClient(), alert: 20)
    }

    func testAnOversizedRecordIsRefusedBeforeItHasCome() throws {
        let pair = try openPair()
        assertFails(pair, [23, 3, 3, 0xFF, 0xFF], alert: nil)
        let unknown = try openPair()
        assertFails(unknown, [99, 3, 3, 0, 30] + [UInt8](repeating: 0, count: 30))
    }

    func testRandomRecordsEndTheSession() throws {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<100 {
            let pair = try openPair()
            let length = Int.random(in: 0...300, using: &random)
            let type = UInt8.random(in: 20...24, using: &random)
            assertFails(
                pair, [type, 3, 3, UInt8(length >> 8), UInt8(length & 0xFF)] + random.bytes(length)
                    + [23, 3, 3, 0, 20] + random.bytes(20))
        }
        try assertWorks()
    }

    /// A record that began well and never ends holds its session, and says that there is nothing.
    func testATruncatedRecordIsWaitedFor() throws {
        let pair = try openPair()
        XCTAssertTrue(pair.send([UInt8](repeating: 7, count: 400)))
        let record = pair.fromClient()
        XCTAssertTrue(pair.offer(record.dropLast()).isEmpty)
        let (bytes, reading) = pair.read()
        XCTAssertEqual(bytes, [])
        guard case .wantsInput = reading else { return XCTFail("\(reading)") }
        XCTAssertFalse(pair.session.hasInput)
    }
}

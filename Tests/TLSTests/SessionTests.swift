import Memory
import TLS
import TLSClient
import TestSupport
import XCTest

final class SessionTests: XCTestCase {
    /// Every size of piece meets every boundary of records and of their headers.
    func testHandshakeAndRecordsDoNotDependOnHowTheyAreCut() throws {
        let context = try TLSContext.made()
        for step in [1, 2, 3, 5, 7, 16, 50, 333, 1_000, .max] {
            let pair = try Pair(context)
            XCTAssertEqual(pair.shakeHands(step: step), .done, "\(step) at a time")
            let message = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
            XCTAssertTrue(pair.send(message))
            XCTAssertEqual(pair.receive(pair.fromClient(), step: step), message)
            XCTAssertEqual(withBytes(message) { pair.session.write($0) }, 1_000)
            pair.sendPending(step)
            XCTAssertEqual(pair.clientReads(), message)
        }
    }

    func testARecordThatIsCutAnywhereIsReadOnceAndWhole() throws {
        let context = try TLSContext.made()
        let pair = try Pair(context)
        pair.shakeHands()
        for cut in 0..<200 {
            let message = Array("message number \(cut), padded to have many places to be cut at".utf8)
            XCTAssertTrue(pair.send(message))
            let record = pair.fromClient()
            let split = min(cut, record.count)
            XCTAssertTrue(pair.offer(record[..<split]).isEmpty)
            let (before, _) = pair.read()
            XCTAssertEqual(before, split < record.count ? [] : message)
            XCTAssertTrue(pair.offer(record[split...]).isEmpty)
            XCTAssertEqual(before + pair.read().0, message)
        }
    }

    func testPlaintextIsReadIntoABufferOfAnySize() throws {
        let pair = try Pair(.made())
        pair.shakeHands()
        let message = (0..<500).map { UInt8(truncatingIfNeeded: $0) }
        for capacity in [1, 2, 3, 255, 499, 500, 501] {
            XCTAssertTrue(pair.send(message))
            XCTAssertTrue(pair.offer(pair.fromClient()[...]).isEmpty)
            XCTAssertTrue(pair.session.hasInput)
            XCTAssertEqual(pair.read(capacity).0, message)
            XCTAssertFalse(pair.session.hasInput)
        }
    }

    func testAMegabyteCrossesInEachDirection() throws {
        let pair = try Pair(.made())
        pair.shakeHands()
        let message = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        XCTAssertTrue(pair.send(message))
        XCTAssertTrue(pair.receive(pair.fromClient()) == message)
        var rest = message[...]
        var records = 0
        while !rest.isEmpty {
            let written = try XCTUnwrap(withBytes(Array(rest.prefix(20_000))) { pair.session.write($0) })
            XCTAssertTrue(written > 16_000 || written == rest.count, "as few records as fit")
            rest = rest.dropFirst(written)
            records += 1
            pair.sendPending(1_448)
        }
        XCTAssertLessThanOrEqual(records, 65)
        XCTAssertTrue(pair.clientReads() == message)
    }

    /// A small client may ask for small records (RFC 6066 §4).
    func testRecordsAreAsSmallAsTheClientWantsThem() throws {
        let pair = try Pair(.made())
        tls_client_limit_records(pair.client, 512)
        tls_client_limit_version(pair.client, false)
        XCTAssertEqual(pair.shakeHands(), .done)
        let message = (0..<1_300).map { UInt8(truncatingIfNeeded: $0) }
        var rest = message[...]
        while !rest.isEmpty {
            let written = try XCTUnwrap(withBytes(Array(rest)) { pair.session.write($0) })
            XCTAssertLessThanOrEqual(written, 512)
            rest = rest.dropFirst(written)
            pair.sendPending()
        }
        XCTAssertEqual(pair.clientReads(), message)
    }

    // MARK: The end

    func testCloseNotifyGoesBothWays() throws {
        let pair = try Pair(.made())
        pair.shakeHands()
        XCTAssertTrue(pair.send(Array("the last".utf8)))
        tls_client_close(pair.client)
        XCTAssertTrue(pair.offer(pair.fromClient()[...]).isEmpty)
        let (last, reading) = pair.read()
        XCTAssertEqual(last, Array("the last".utf8))
        guard case .ended = reading else { return XCTFail("\(reading)") }
        // The other direction is still open.
        XCTAssertEqual(withBytes("an answer") { pair.session.write($0) }, 9)
        pair.sendPending()
        pair.session.close()
        pair.sendPending()
        XCTAssertEqual(pair.clientReads(), Array("an answer".utf8))
        XCTAssertEqual(pair.lastRead, TLS_CLIENT_ENDED)
    }

    /// What is pending may be sent in any pieces; nothing else is lost or mixed in meanwhile.
    func testInputIsReadWhileOutputIsPending() throws {
        let pair = try Pair(.made())
        pair.shakeHands()
        XCTAssertEqual(withBytes("out") { pair.session.write($0) }, 3)
        let first = [UInt8](pair.session.pending.prefix(5))
        tls_client_give(pair.client, first, 5)
        pair.session.sent(5)
        XCTAssertTrue(pair.send(Array("in".utf8)))
        XCTAssertTrue(pair.offer(pair.fromClient()[...]).isEmpty)
        XCTAssertEqual(pair.read().0, Array("in".utf8))
        pair.sendPending(1)
        XCTAssertEqual(pair.clientReads(), Array("out".utf8))
    }

    // MARK: Steps

    /// Without a step to spend it computes nothing, and says that it would.
    func testAHandshakeWaitsForItsCostlySteps() throws {
        let pair = try Pair(.made())
        XCTAssertEqual(tls_client_handshake(pair.client), Int32(TLS_CLIENT_WANTS_INPUT.rawValue))
        XCTAssertTrue(pair.offer(pair.fromClient()[...]).isEmpty)
        var none = 0
        var progress = pair.session.handshake(steps: &none)
        while case .wantsOutput = progress {
            pair.sendPending()
            progress = pair.session.handshake(steps: &none)
        }
        guard case .wantsStep = progress else { return XCTFail("\(progress)") }
        guard case .wantsStep = pair.session.handshake(steps: &none) else { return XCTFail() }
        var one = 1
        _ = pair.session.handshake(steps: &one)
        XCTAssertEqual(one, 0)
        XCTAssertEqual(pair.shakeHands(), .done)
    }

    // MARK: Coming back

    func testAReturningClientIsSparedTheSignature() throws {
        let context = try TLSContext.made()
        let first = try Pair(context)
        first.shakeHands()
        XCTAssertFalse(first.session.wasResumed)
        _ = withBytes("x") { first.session.write($0) }
        first.sendPending()
        _ = first.clientReads()
        let back = try Pair(context)
        tls_client_resume(back.client, first.client)
        XCTAssertEqual(back.shakeHands(), .done)
        XCTAssertTrue(back.session.wasResumed)
        XCTAssertTrue(back.send(Array("again".utf8)))
        XCTAssertEqual(back.receive(back.fromClient()), Array("again".utf8))
    }

    func testATicketOfAnotherServerIsPassedOver() throws {
        let first = try Pair(.made())
        first.shakeHands()
        let back = try Pair(.made())
        tls_client_resume(back.client, first.client)
        XCTAssertEqual(back.shakeHands(), .done)
        XCTAssertFalse(back.session.wasResumed)
    }

    // MARK: The pool

    func testASessionIsNewForEachPeer() throws {
        let context = try TLSContext.made(sessions: 1)
        for round in 0..<20 {
            let pair = try Pair(context)
            XCTAssertNil(context.acquire(), "it is the only one")
            switch round % 4 {
            case 0: XCTAssertEqual(pair.shakeHands(), .done)
            case 1: XCTAssertFalse(pair.shakeHands { $0.map { $0 ^ 1 } } == .done)
            case 2: _ = pair.offer([22, 3, 1, 1])
            default:
                pair.shakeHands()
                _ = withBytes("left pending") { pair.session.write($0) }
            }
        }
        XCTAssertEqual(context.count, 0)
        XCTAssertEqual(context.highWaterMark, 1)
    }

    func testWithoutAnIdentityThereAreNoSessions() throws {
        let context = try XCTUnwrap(TLSContext(sessions: 1))
        XCTAssertNil(context.acquire())
        try context.show(.p256)
        XCTAssertEqual(try Pair(context).shakeHands(), .done)
    }
}

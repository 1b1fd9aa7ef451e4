import CLinux
import Foundation
import Memory
@testable import LinuxIO
@testable import ServerCore
import TestSupport
import XCTest

/// Reads, writes and interest changes over real sockets.
final class SocketsTests: XCTestCase {
    private func output(of pieces: [[UInt8]]) -> Output {
        var output = Output()
        for piece in pieces { output.add(lend(piece)) }
        return output
    }

    private func written(_ outcome: WriteOutcome) -> Int? {
        if case .wrote(let count) = outcome { return count }
        return nil
    }

    func testEveryNumberOfPiecesArrivesInOrder() {
        var pair = SocketPair()
        for count in 1...Output.piecesMax {
            let pieces = (0..<count).map { [UInt8](repeating: UInt8($0), count: 10 + $0) }
            let output = output(of: pieces)
            XCTAssertEqual(output.pieceCount, count)
            XCTAssertEqual(written(pair.sockets.write(pair.connection, output)), output.count)
            XCTAssertEqual(pair.readAll(), Array(pieces.joined()))
        }
    }

    func testOneLargePieceIsTakenInPart() {
        var pair = SocketPair()
        let large = lend([UInt8](repeating: 7, count: 1 << 20))
        let count = written(pair.sockets.write(pair.connection, large)) ?? 0
        XCTAssertTrue((1..<large.count).contains(count))
        XCTAssertEqual(written(pair.sockets.write(pair.connection, large)), 0, "it is full")
        XCTAssertEqual(pair.readAll().count, count)
    }

    func testShortWritesOfPiecesLoseAndRepeatNothing() {
        var pair = SocketPair()
        var generator = SeededGenerator(seed: 1)
        let content = generator.bytes(1 << 20)
        var sent = 0
        var received: [UInt8] = []
        var isFull = false
        while sent < content.count {
            // Most writes end within a piece, and some pieces are larger than the socket's buffer.
            let sizes = [1, 2, 5_000, 1, 300_000, 3]
            var pieces: [[UInt8]] = []
            var start = sent
            for size in sizes {
                let end = min(start + size, content.count)
                pieces.append(Array(content[start..<end]))
                start = end
            }
            let output = output(of: pieces)
            guard let count = written(pair.sockets.write(pair.connection, output)) else {
                return XCTFail("a write failed")
            }
            XCTAssertLessThanOrEqual(count, output.count)
            isFull = isFull || count < output.count
            sent += count
            if count < output.count { received += pair.readAll() }
        }
        received += pair.readAll()
        XCTAssertTrue(isFull)
        XCTAssertTrue(received == content)
    }

    func testAWriteToAClosedPeerFailsWithoutASignal() {
        var pair = SocketPair()
        XCTAssertEqual(shutdown(pair.peer, Int32(SHUT_RDWR)), 0)
        for pieces in [[[1]], [[1], [2]]] as [[[UInt8]]] {
            XCTAssertNil(written(pair.sockets.write(pair.connection, output(of: pieces))))
        }
    }

    func testReceiveTellsDataNothingYetAndTheEndApart() {
        var pair = SocketPair()
        let buffer = MutableBytes.allocate(10)
        defer { buffer.base.deallocate() }
        let nothing = pair.sockets.receive(pair.connection, into: buffer)
        XCTAssertTrue(nothing < 0 && SystemError(nothing).isTransient)
        pair.say("hello")
        XCTAssertEqual(pair.sockets.receive(pair.connection, into: buffer), 5)
        XCTAssertEqual(String(buffer.bytes.prefix(5)), "hello")
        shutdown(pair.peer, Int32(SHUT_WR))
        XCTAssertEqual(pair.sockets.receive(pair.connection, into: buffer), 0)
        pair.sockets.shutdownWrite(pair.connection)
        var byte: UInt8 = 0
        XCTAssertEqual(read(pair.peer, &byte, 1), 0)
    }

    // MARK: Interest

    func testOnlyWhatIsAskedForIsReported() {
        var pair = SocketPair()
        XCTAssertEqual(pair.events(), 0, "a new peer is only waited for to send")
        pair.say("hello")
        XCTAssertEqual(pair.events(), Interest.reading)
        pair.sockets.setInterest(pair.connection, reading: true, writing: true)
        XCTAssertEqual(pair.events(), Interest.reading | Interest.writing)
        pair.sockets.setInterest(pair.connection, reading: false, writing: true)
        XCTAssertEqual(pair.events(), Interest.writing)
        pair.sockets.setInterest(pair.connection, reading: false, writing: false)
        XCTAssertEqual(pair.events(), 0)
        pair.sockets.setInterest(pair.connection, reading: true, writing: false)
        XCTAssertEqual(pair.events(), Interest.reading, "what came meanwhile is still there")
    }

    func testAFullSocketIsWritableOnceThePeerHasRead() {
        var pair = SocketPair()
        let large = lend([UInt8](repeating: 7, count: 1 << 20))
        _ = pair.sockets.write(pair.connection, large)
        pair.sockets.setInterest(pair.connection, reading: false, writing: true)
        XCTAssertEqual(pair.events(), 0)
        _ = pair.readAll()
        XCTAssertEqual(pair.events(), Interest.writing)
    }

    func testABrokenPeerIsReportedWhateverIsAskedFor() {
        var pair = SocketPair()
        pair.sockets.setInterest(pair.connection, reading: false, writing: false)
        XCTAssertEqual(shutdown(pair.peer, Int32(SHUT_RDWR)), 0)
        XCTAssertEqual(pair.events(), Interest.broken)
        pair.sockets.close(pair.connection)
        XCTAssertEqual(pair.events(), 0, "a closed one is forgotten")
    }

    // MARK: Signals

    func testTransientErrorsAreThoseOfANonBlockingSocket() {
        for code in [EAGAIN, EWOULDBLOCK, EINTR] { XCTAssertTrue(SystemError(-code).isTransient) }
        for code in [EPIPE, ECONNRESET, EMFILE, ENFILE, ENOBUFS, ENOMEM, EBADF] {
            XCTAssertFalse(SystemError(-code).isTransient)
        }
    }

    func testASignalEndsTheWaitWithoutAnError() {
        let pair = SocketPair()
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        XCTAssertEqual(sigaction(SIGUSR2, &action, nil), 0)
        let waiter = pthread_self()
        let thread = Thread {
            usleep(100_000)
            pthread_kill(waiter, SIGUSR2)
        }
        thread.start()
        var event = linux_event()
        let began = linux_monotonic_ms()
        XCTAssertEqual(linux_poll_wait(pair.poll, &event, 1, 20_000), 0)
        XCTAssertLessThan(linux_monotonic_ms() - began, 10_000)
    }
}

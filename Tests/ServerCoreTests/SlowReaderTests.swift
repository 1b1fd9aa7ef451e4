@testable import ServerCore
import TestSupport
import XCTest

/// Readers that take what they get in pieces, late, or not at all.
final class SlowReaderTests: WebSocketTestCase {
    // MARK: Private frames

    /// Pongs and errors go out between two frames of the ring, never inside one, whatever the
    /// writes are: the client's reading of the stream would break.
    func testPrivateFramesStandOnlyBetweenFramesOfTheRing() {
        for seed in 0..<60 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let writer = open()
            let reader = open()
            reader.peer.window = 0
            var lastPing: [UInt8] = []
            for number in 0..<30 {
                writer.say(
                    String(repeating: "x", count: Int.random(in: 1...400, using: &generator))
                        + "\(number)")
                if Bool.random(using: &generator) {
                    lastPing = [UInt8](repeating: UInt8(number), count: number)
                    reader.peer.send(Client.frame(9, lastPing))
                }
                reader.peer.window += Int.random(in: 0...500, using: &generator)
                world.turn()
                world.assertInvariants()
            }
            reader.peer.window = .max
            world.settle()
            reader.assertEventsFollowHello()
            XCTAssertEqual(reader.chats, writer.chats, "seed \(seed)")
            XCTAssertEqual(reader.chats.count, 30, "seed \(seed)")
            // Those in between may have been passed over while it did not read.
            XCTAssertEqual(
                reader.frames.last { $0.opcode == 10 }?.payload ?? [], lastPing, "seed \(seed)")
            XCTAssertEqual(reader.unfinishedCount, 0)
            for client in [reader, writer] { client.peer.breaks = true }
            world.settle()
        }
    }

    func testPongsCarryWhatThePingsHad() {
        let client = open()
        let payloads: [[UInt8]] = [[], [1], [UInt8](repeating: 9, count: 125)]
        for payload in payloads { client.peer.send(Client.frame(9, payload)) }
        world.settle()
        client.read()
        XCTAssertEqual(client.frames.filter { $0.opcode == 10 }.map(\.payload), payloads)
    }

    // MARK: Falling behind

    /// Whatever it has read of a frame, it gets the rest, then 4002 and nothing more.
    func testASlowReaderGetsTheRestOfItsFrameThen4002AndNobodyElseNotices() throws {
        try useSmallRing()
        for window in [0, 1, 2, 3, 50, 200, 460, 700, 1_500] {
            let writer = open()
            let slow = open()
            let started = writer.chats.count
            slow.peer.window = window
            for number in 0..<200 {
                writer.say(String(repeating: "y", count: 400) + "\(number)")
                world.turn()
            }
            world.settle()
            slow.peer.window = .max
            world.settle()
            slow.closes(4002)
            XCTAssertEqual(slow.unfinishedCount, 0, "window \(window)")
            slow.assertEventsFollowHello()
            writer.read()
            XCTAssertNil(writer.closeCode)
            XCTAssertEqual(writer.chats.count - started, 200)
            writer.assertEventsFollowHello()
            XCTAssertTrue(slow.types.last != "chat_sent" || slow.chats.count < 200)
            for client in [writer, slow] { client.peer.breaks = true }
            world.settle()
            world.assertInvariants()
        }
        XCTAssertEqual(world.server.statistics.fellBehind, 9)
    }

    func testASlowReaderThatNeverReadsIsGoneInTime() throws {
        try useSmallRing()
        let writer = open()
        let slow = open()
        slow.peer.window = 3
        for number in 0..<200 {
            writer.say(String(repeating: "y", count: 400) + "\(number)")
            world.turn()
        }
        world.settle()
        XCTAssertFalse(slow.peer.isClosed)
        world.advance(World.freeOptions.writeTimeout + 1)
        XCTAssertTrue(slow.peer.isClosed)
        XCTAssertFalse(writer.peer.isClosed)
    }

    /// A command of the slow one itself can be what closes it. Then nothing of the command may
    /// follow the close frame.
    func testWhoIsFoundToBeBehindByItsOwnCommandIsClosedCleanly() throws {
        try useSmallRing()
        let writer = open()
        for window in [0, 10, 300, 700] {
            let slow = open()
            slow.peer.window = window
            for number in 0..<200 {
                writer.say(String(repeating: "y", count: 400))
                if number > 80 {
                    slow.peer.send(
                        Client.text(
                            #"{"type":"chat_reaction","chatId":5,"reaction":"+","adding":true}"#))
                }
                world.turn()
                world.assertInvariants()
            }
            slow.peer.window = .max
            world.settle()
            slow.closes(4002)
            XCTAssertEqual(slow.unfinishedCount, 0)
            slow.peer.breaks = true
            world.settle()
            world.assertInvariants()
        }
        writer.assertEventsFollowHello()
    }

    func testWhoFloodsWithoutReadingIsDroppedAloneAndTheServerRests() {
        let other = open()
        let flooder = open()
        flooder.peer.window = 0
        for _ in 0..<3_000 { flooder.peer.send(Client.frame(9, [UInt8](repeating: 1, count: 125))) }
        // The loop must not be woken again and again for bytes that it will not take.
        world.settle()
        other.say("undisturbed")
        world.settle()
        XCTAssertEqual(other.chats, ["undisturbed"])
        let options = World.freeOptions
        world.advance(options.pingInterval + options.pingTimeout + 1_000)
        XCTAssertTrue(flooder.peer.isClosed)
        other.read()
        XCTAssertNil(other.closeCode)
        world.assertInvariants()
    }

    /// More messages at once than the output takes, then a peer that reads slowly: all are
    /// answered, in order.
    func testPausedFramesAreAllTakenInTheEnd() {
        for window in [1_000, 10_000] {
            let client = open()
            let before = client.chats.count
            client.peer.window = 0
            let errors = 400
            var bytes: [UInt8] = []
            for number in 0..<errors {
                bytes += Client.text(
                    #"{"type":"chat_written","channelId":1,"content":"x","nonce":"\#(number)"}"#)
                if number % 50 == 0 { bytes += Client.text(client.chat("chat \(number)")) }
            }
            for start in stride(from: 0, to: bytes.count, by: 20_000) {
                client.peer.send(Array(bytes[start..<min(start + 20_000, bytes.count)]))
            }
            for _ in 0..<2_000 {
                client.peer.window += window
                world.settle()
            }
            XCTAssertEqual(
                client.messages("error").map { $0["nonce"] as? String },
                (0..<errors).map { "\($0)" })
            XCTAssertEqual(client.chats.count - before, errors / 50)
            client.assertEventsFollowHello()
            client.peer.breaks = true
            world.settle()
            world.assertInvariants()
        }
    }

    func testATurnThatFillsTheRingPausesAndLosesNothing() throws {
        try useSmallRing()
        let writers = (0..<10).map { _ in open() }
        for (number, writer) in writers.enumerated() {
            var bytes: [UInt8] = []
            for message in 0..<30 {
                bytes += Client.text(
                    writer.chat(String(repeating: "w", count: 480) + " \(number) \(message)"))
            }
            writer.peer.send(bytes)
        }
        world.settle()
        for writer in writers {
            XCTAssertNil(writer.closeCode)
            XCTAssertEqual(writer.messages("error").count, 0)
            XCTAssertEqual(writer.chats.count, 300)
            writer.assertEventsFollowHello()
        }
        for number in 0..<10 {
            let own = writers[0].chats.filter { $0.contains(" \(number) ") }
            XCTAssertEqual(
                own, (0..<30).map { String(repeating: "w", count: 480) + " \(number) \($0)" })
        }
        world.assertInvariants()
        XCTAssertEqual(world.freeInputs, world.server.options.inputBuffers)
    }
}

@testable import ServerCore
import TestSupport
import XCTest

/// Writes of many pieces: a started frame, private frames, and runs of the ring around hidden ones.
final class PieceTests: WebSocketTestCase {
    private var hidden: Int64 = 0
    private var member: Int64 = 0

    override func setUpWithError() throws {
        try useSmallRing()
        hidden = try world.addChannel("hidden")
        member = try world.addUser("member")
        try world.store.commit()
        XCTAssertTrue(world.setView(-1, of: member, in: hidden))
    }

    /// Wherever the ring ends, a slow reader gets all that it may see, and the longest write
    /// has exactly the pieces that `Output.piecesMax` adds up.
    func testEveryWriteFitsWhereverTheRingEnds() {
        let writer = open()
        let reader = open(as: member)
        var expected: [String] = []
        var generator = SeededGenerator(seed: 1)
        func say(_ text: String, in channel: Int64? = nil) {
            writer.say(text, in: channel)
            if channel == nil { expected.append(text) }
        }
        for round in 0..<150 {
            let filler = String(repeating: "x", count: .random(in: 300...480, using: &generator))
            // It takes a part of the first frame, and the rest waits.
            reader.peer.window = 100
            say("\(round) first \(filler)")
            world.settle()
            for run in 0..<5 {
                say("secret \(filler)", in: hidden)
                for number in 0..<8 { say("\(round) \(run) \(number) \(filler)") }
            }
            reader.peer.send(Client.frame(9, [1, 2, 3]))
            world.settle()
            reader.peer.window = .max
            world.settle()
        }
        XCTAssertNil(reader.closeCode)
        XCTAssertEqual(reader.chats, expected)
        XCTAssertEqual(reader.count(ofOpcode: 10), 150)
        XCTAssertEqual(world.transport.piecesSeen, Output.piecesMax)
    }
}

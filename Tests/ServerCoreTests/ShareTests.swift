import Memory
@testable import ServerCore
import XCTest

/// No member, and no address, can hold all of a pool.
final class ShareTests: WebSocketTestCase {
    /// Pings, of which nobody reads the answers.
    private func ping(_ client: Client, times: Int) {
        client.peer.window = 200
        let ping = Client.frame(9, [UInt8](repeating: 1, count: 125))
        for _ in 0..<times { client.peer.send(Array((0..<50).map { _ in ping }.joined())) }
        world.settle()
    }

    func testWhoPingsAndDoesNotReadHoldsAShareOfTheOutputs() throws {
        var options = World.freeOptions
        options.outputBuffers = 8
        try use(options)
        let greedy = try world.addUser("greedy")
        let pinging = (0..<12).map { _ in open(as: greedy) }
        for client in pinging {
            ping(client, times: 8)
            world.advance(10)
        }
        XCTAssertGreaterThanOrEqual(world.freeOutputs, 6)
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 200)
        XCTAssertEqual(pinging.filter { !$0.peer.isClosed }.count, 2)
        XCTAssertTrue(world.logged.contains { $0.contains("output_buffers") })
        world.assertInvariants()
    }

    func testTheSlowestGivesWayWhateverItWaitsFor() throws {
        var options = World.freeOptions
        options.outputBuffers = 4
        try use(options)
        let pinging = try (0..<4).map { open(as: try world.addUser("member\($0)")) }
        for client in pinging {
            ping(client, times: 8)
            world.advance(10)
        }
        XCTAssertEqual(world.freeOutputs, 0)
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 200)
        XCTAssertEqual(pinging.map(\.peer.isClosed), [true, false, false, false])
        world.assertInvariants()
    }

    func testOutputsAreKeptForTheOperatorAndForHealth() throws {
        var options = World.freeOptions
        options.outputBuffers = 2
        try use(options)
        let held = (0..<2).map { index in
            world.server.outputs.acquire(for: Handle(index: UInt32(index), generation: 0))
        }
        // Nobody can give way: these belong to none of the connections.
        XCTAssertEqual(held.compactMap { $0 }.count, 2)
        XCTAssertTrue(world.server.outputs.isExhausted)
        XCTAssertFalse(world.server.outputs.isExhausted(forVital: true))
        for slot in held { world.server.outputs.release(slot!) }
    }

    func testPongsToAPeerThatDoesNotReadBecomeTheLastOne() throws {
        let client = open()
        client.peer.window = 0
        for number in 0..<5 {
            client.peer.send(Client.frame(9, [UInt8(number)]))
            world.settle()
        }
        client.peer.window = .max
        world.settle()
        client.read()
        let pongs = client.frames.filter { $0.opcode == 10 }.map(\.payload)
        // Over TLS the first is in a record already.
        XCTAssertEqual(pongs, World.newcomersSpeakTLS ? [[0], [4]] : [[4]])
        client.peer.send(Client.frame(9, [7]) + Client.frame(9, [8]))
        world.settle()
        client.read()
        XCTAssertEqual(
            client.frames.filter { $0.opcode == 10 }.map(\.payload), pongs + [[7], [8]])
        world.assertInvariants()
    }

    // MARK: - Places

    func testWhoHasAskedNothingGivesWayToANewcomer() throws {
        try skipOverTLS("one that shakes hands has a session")
        var options = World.freeOptions
        options.connections = 8
        try use(options)
        let crowd = world.newAddress()
        let honest = world.connect()
        world.advance(10)
        let silent = (0..<7).map { _ in world.connect(from: crowd) }
        let newcomers = (0..<12).map { _ in SimulatedPeer(address: world.newAddress()) }
        world.turn(arriving: Array(newcomers[..<6]))
        world.settle()
        XCTAssertEqual(silent.filter(\.peer.isClosed).count, 6)
        XCTAssertFalse(honest.peer.isClosed, "its address has one")
        XCTAssertEqual(newcomers[..<6].filter(\.isClosed).count, 0)
        XCTAssertTrue(world.logged.contains { $0.contains("silent peers") })
        world.turn(arriving: Array(newcomers[6...]))
        world.settle()
        XCTAssertEqual(world.peers.count, 8)
        world.assertInvariants()
    }

    func testOneAddressReplacesItsOwnSilentConnections() throws {
        try skipOverTLS("one that shakes hands has a session")
        var options = World.freeOptions
        options.connectionsPerAddress = 4
        try use(options)
        let address = world.newAddress()
        let silent = (0..<4).map { _ in world.connect(from: address) }
        let client = world.connect(from: address)
        XCTAssertEqual(client.ask("GET", "/api/self", token: token).status, 200)
        XCTAssertEqual(silent.map(\.peer.isClosed), [true, false, false, false])
    }

    func testARequestInTwoPiecesIsNotPushedOutByAFlood() throws {
        var options = World.freeOptions
        options.inputBuffers = 8
        try use(options)
        let crowd = world.newAddress()
        let flood = (0..<8).map { _ in world.connect(from: crowd) }
        for client in flood[..<6] { client.peer.send("GET / HTTP/1.1\r\n") }
        world.settle()
        let client = world.connect()
        client.expectAnswer(to: "GET")
        client.peer.send("GET /api/self HTTP/1.1\r\nHost: a\r\n")
        world.settle()
        world.advance(50)
        for _ in 0..<30 {
            world.connect(from: crowd).peer.send("GET / HTTP/1.1\r\n")
            world.settle()
        }
        client.peer.send("Authorization: Bearer \(token!)\r\n\r\n")
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200])
        world.assertInvariants()
    }
}

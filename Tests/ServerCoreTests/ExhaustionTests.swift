@testable import ServerCore
import XCTest

/// Every pool has an end. What happens there is a named refusal, never growth.
final class ExhaustionTests: XCTestCase {
    private func half(_ client: Client) {
        client.expectAnswer(to: "GET")
        client.peer.send("GET /api/self HTTP/1.1\r\nHost: a\r\n")
    }

    /// Holds an input buffer that nobody may take: the request behind an answer that is not read.
    private func holdInput(of world: World) -> Client {
        let holder = world.connect()
        holder.peer.window = 5
        for _ in 0..<2 { holder.expectAnswer(to: "GET") }
        let request = Client.request("GET", "/api/self", token: world.token(world.admin))
        holder.peer.send(request + request)
        world.settle()
        return holder
    }

    func testHalfAMessageGivesItsBufferToTheNewest() throws {
        var options = World.freeOptions
        options.inputBuffers = 1
        let world = try World(options)
        let holder = world.connect().open(token: world.token(world.admin))
        holder.peer.send(Array(Client.text(String(repeating: "a", count: 200)).prefix(100)))
        world.settle()
        let client = world.connect()
        half(client)
        world.settle()
        holder.closes(1008)
        client.peer.send("Authorization: Bearer \(world.token(world.admin))\r\n\r\n")
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200])
        world.assertInvariants()
    }

    func testTheSlowestRequestGivesItsBufferToTheNewest() throws {
        var options = World.freeOptions
        options.inputBuffers = 3
        let world = try World(options)
        var clients: [Client] = []
        for _ in 0..<5 {
            let client = world.connect()
            half(client)
            world.advance(100)
            clients.append(client)
        }
        for client in clients { client.read() }
        XCTAssertEqual(clients.map { $0.responses.map(\.status) }, [[408], [408], [], [], []])
        for client in clients[2...] {
            client.peer.send("Authorization: Bearer \(world.token(world.admin))\r\n\r\n")
        }
        world.settle()
        for client in clients { client.read() }
        XCTAssertEqual(
            clients.map { $0.responses.map(\.status) }, [[408], [408], [200], [200], [200]])
        world.assertInvariants()
    }

    func testBuffersHeldByOthersThanRequestsAreRefusedWith503() throws {
        var options = World.freeOptions
        options.inputBuffers = 1
        let world = try World(options)
        let holder = holdInput(of: world)
        let client = world.connect()
        half(client)
        world.settle()
        client.read()
        XCTAssertFalse(holder.peer.isClosed)
        XCTAssertEqual(client.responses.map(\.status), [503])
        XCTAssertEqual(client.responses.first?.fields["retry-after"], "1")
        let other = world.connect().open(token: world.token(world.admin))
        other.peer.send(Array(Client.text(String(repeating: "a", count: 200)).prefix(100)))
        world.settle()
        other.closes(1013)
        world.assertInvariants()
    }

    /// What was done is answered, even where there is no room to keep what came behind it.
    func testAnAnswerIsNotLostBecauseTheNextRequestFindsNoBuffer() throws {
        var options = World.freeOptions
        options.inputBuffers = 1
        let world = try World(options)
        let token = world.token(world.admin)
        let holder = holdInput(of: world)
        let reader = world.connect().open(token: token)
        let client = world.connect()
        client.expectAnswer(to: "POST")
        client.peer.send(
            Client.request(
                "POST", "/api/channels/\(world.general)/chats", token: token,
                body: #"{"content":"stored"}"#) + Client.request("GET", "/api/self"))
        world.settle()
        client.read()
        XCTAssertFalse(holder.peer.isClosed)
        XCTAssertEqual(reader.chats, ["stored"])
        XCTAssertEqual(client.responses.map(\.status), [200])
        XCTAssertTrue(client.peer.isShutDown, "and no more is promised")
        world.assertInvariants()
    }

    func testPipeliningClientsBeyondTheOutputsAreAllServedInTheEnd() throws {
        var options = World.freeOptions
        options.outputBuffers = 4
        let world = try World(options)
        let request = Client.request("GET", "/api/self", token: world.token(world.admin))
        let clients = (0..<20).map { _ in world.connect() }
        for client in clients {
            for _ in 0..<3 { client.expectAnswer(to: "GET") }
            client.peer.send(request + request + request)
        }
        world.settle()
        for (number, client) in clients.enumerated() {
            client.read()
            XCTAssertEqual(client.responses.map(\.status), [200, 200, 200], "client \(number)")
        }
        world.assertInvariants()
    }

    func testWithEveryOutputHeldTheSlowestReaderGivesWay() throws {
        var options = World.freeOptions
        options.outputBuffers = 2
        let world = try World(options)
        let token = world.token(world.admin)
        let holders = (0..<2).map { _ in world.connect() }
        for holder in holders {
            holder.peer.window = 5
            holder.send("GET", "/api/self", token: token)
            world.settle()
        }
        XCTAssertEqual(world.freeOutputs, 0)
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 200)
        XCTAssertTrue(holders[0].peer.isClosed)
        holders[1].peer.window = .max
        world.settle()
        holders[1].read()
        XCTAssertEqual(holders[1].responses.map(\.status), [200])
        world.assertInvariants()
    }

    func testSilentWebSocketsSurviveAPingTimeAtWhichNoOutputIsFree() throws {
        var options = World.freeOptions
        options.outputBuffers = 3
        let world = try World(options)
        let token = world.token(world.admin)
        let sockets = (0..<12).map { _ in world.connect().open(token: token) }
        // All deadlines pass in one turn, as after a long sync of the disk.
        world.monotonic += options.pingInterval + 1
        world.turn()
        world.settle()
        XCTAssertEqual(sockets.filter { $0.peer.isClosed }.count, 0)
        world.assertInvariants()
    }

    func testEverybodyIsToldOfAShutdownHoweverFewTheOutputs() throws {
        var options = World.freeOptions
        options.outputBuffers = 3
        let world = try World(options)
        let sockets = (0..<12).map { _ in world.connect().open(token: world.token(world.admin)) }
        world.server.beginShutdown()
        world.settle()
        for socket in sockets { socket.closes(1001) }
        for socket in sockets {
            socket.peer.send(Client.close(1001))
            socket.peer.ends = true
        }
        world.settle()
        XCTAssertTrue(world.server.isFinished)
    }

    func testConnectionsBeyondTheLimitAreToldSo() throws {
        try skipOverTLS("no handshake is made to say so")
        var options = World.freeOptions
        options.connections = 3
        let world = try World(options)
        let token = world.token(world.admin)
        let accepted = (0..<3).map { _ in world.connect().open(token: token) }
        let refused = (0..<Server.refusalReserve).map { _ in world.connect() }
        world.settle()
        for client in refused {
            client.read()
            XCTAssertEqual(client.responses.map(\.status), [503])
            XCTAssertNotNil(client.responses.first?.fields["retry-after"])
        }
        let beyond = world.connect()
        XCTAssertTrue(beyond.peer.isClosed, "hung up on")
        XCTAssertEqual(beyond.peer.received, [])
        for client in refused { client.peer.ends = true }
        world.settle()
        accepted[0].say("still there")
        world.settle()
        XCTAssertEqual(accepted[0].chats, ["still there"])
        accepted[1].peer.ends = true
        world.settle()
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 200)
        world.assertInvariants()
    }

    func testRatesAreHeldPerAddressWithTheTimeToWait() throws {
        try skipOverTLS("no handshake is made to say so")
        var options = World.freeOptions
        options.connectionRate = Rate(2, per: 60_000)
        options.loginRate = Rate(2, per: 60_000)
        options.registrationRate = Rate(1, per: 3_600_000)
        let world = try World(options)
        let address = world.newAddress()
        let clients = (0..<3).map { _ in world.connect(from: address) }
        world.settle()
        clients[2].read()
        XCTAssertEqual(clients[2].responses.map(\.status), [429])
        XCTAssertEqual(clients[2].responses.first?.fields["retry-after"], "30")
        let wrong = #"{"username":"admin","password":"wrong"}"#
        XCTAssertEqual(clients[0].ask("POST", "/api/tokens", body: wrong).status, 400)
        XCTAssertEqual(clients[1].ask("POST", "/api/tokens", body: wrong).status, 400)
        XCTAssertEqual(clients[0].ask("POST", "/api/tokens", body: wrong).status, 429)
        let new = #"{"username":"one","password":"long enough"}"#
        XCTAssertEqual(clients[0].ask("POST", "/api/users/register", body: new).status, 200)
        XCTAssertEqual(clients[1].ask("POST", "/api/users/register", body: new).status, 429)
        XCTAssertEqual(world.connect().ask("POST", "/api/tokens", body: wrong).status, 400)
    }
}

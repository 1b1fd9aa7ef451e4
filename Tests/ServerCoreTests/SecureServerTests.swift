import Memory
import Model
@testable import ServerCore
import TestSupport
import XCTest

/// The server behind TLS: who gets a session, for how long, and what others notice of it.
final class SecureServerTests: XCTestCase {
    private var world: World!
    private var token: String!

    private static func options(sessions: Int) -> ServerOptions {
        var options = World.freeOptions
        options.tlsConnections = sessions
        return options
    }

    override func setUpWithError() throws { try use(SecureServerTests.options(sessions: 8)) }
    override func tearDown() { world = nil }

    private func use(_ options: ServerOptions) throws {
        world = try World(options)
        token = world.token(world.admin)
    }

    private var statistics: TLSStatistics { world.server.statistics.tls }

    // MARK: Talking

    func testRequestsAreAnsweredOverTLSAndWithoutSideBySide() {
        let secure = world.connectSecurely()
        let plain = world.connectPlainly()
        for _ in 0..<3 {
            XCTAssertEqual(secure.ask("GET", "/api/self", token: token).status, 200)
            XCTAssertEqual(plain.ask("GET", "/api/self", token: token).status, 200)
        }
        XCTAssertEqual(statistics.sessions, 1)
        XCTAssertEqual(statistics.handshakes, 1)
    }

    func testMembersHearEachOtherAcrossTLS() {
        let secure = world.connectSecurely().open(token: token)
        let plain = world.connectPlainly().open(token: token)
        secure.say("from the secure one")
        world.settle()
        plain.say("from the plain one")
        world.settle()
        XCTAssertEqual(secure.chats, ["from the secure one", "from the plain one"])
        XCTAssertEqual(plain.chats, secure.chats)
        world.assertInvariants()
    }

    /// Everything comes byte by byte, and goes byte by byte.
    func testItDoesNotMatterHowThePeersBytesAreCut() {
        let client = world.beginSecurely()
        client.peer.writeLimit = { 1 }
        cut(client.peer)
        client.send("GET", "/api/self", token: token)
        cut(client.peer)
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200])
        client.sendHandshake(token: token)
        cut(client.peer)
        client.say("in pieces")
        cut(client.peer)
        XCTAssertEqual(client.chats, ["in pieces"])
    }

    /// Delivers what arrives one byte a turn, until all is quiet.
    private func cut(_ peer: SimulatedPeer) {
        for _ in 0..<50_000 {
            if let first = peer.arriving.first, first.count > 1 {
                peer.arriving = peer.arriving.flatMap { $0.map { [$0] } }
            }
            guard world.waitTime == 0 || peer.isEventful else { return }
            world.turn()
        }
        XCTFail("the server spins")
    }

    func testABigAnswerAndABigRequestCross() throws {
        let client = world.connectSecurely()
        for number in 0..<60 { try world.addChat("\(number) " + String(repeating: "x", count: 3_900)) }
        try world.store.commit()
        let answer = client.ask("GET", "/api/chats?size=60", token: token)
        XCTAssertEqual(answer.status, 200)
        XCTAssertGreaterThan(answer.body.count, 200_000)
        let body = #"{"content":""# + String(repeating: "y", count: 60_000) + #""}"#
        XCTAssertEqual(
            client.ask(
                "POST", "/api/channels/\(world.general)/chats", token: token, body: body).status, 400)
    }

    func testPipelinedRequestsThatCameInOneRecordAreAllAnswered() {
        let client = world.connectSecurely()
        let request = Client.request("GET", "/api/self", token: token)
        for _ in 0..<20 { client.expectAnswer(to: "GET") }
        client.peer.send([[UInt8]](repeating: request, count: 20).flatMap { $0 })
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [Int](repeating: 200, count: 20))
    }

    /// The socket says nothing more of what has been read from it already.
    func testRequestsInRecordsThatCameTogetherAreAllAnswered() {
        let client = world.connectSecurely()
        for _ in 0..<6 { client.send("GET", "/healthz") }
        client.peer.arriving = [client.peer.arriving.flatMap { $0 }]
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [Int](repeating: 200, count: 6))
    }

    // MARK: One write for a turn

    func testWhatATurnHasForAPeerLeavesInOneWrite() {
        let sender = world.connectPlainly().open(token: token)
        let reader = world.connectSecurely().open(token: token)
        sender.peer.send((0..<20).flatMap { Client.text(sender.chat("message \($0)")) })
        let before = world.transport.writes
        world.turn()
        XCTAssertEqual(world.transport.writes - before, 2, "one for each of the two")
        XCTAssertEqual(reader.chats.count, 20)
    }

    func testAPeerThatReadsSlowlyGetsEverythingInOrder() {
        let sender = world.connectPlainly().open(token: token)
        let reader = world.connectSecurely().open(token: token)
        reader.peer.window = 0
        for number in 0..<200 {
            sender.say("message \(number)")
            world.turn()
        }
        XCTAssertEqual(reader.chats, [])
        var generator = SeededGenerator(seed: 4)
        while reader.chats.count < 200, world.turns < 20_000 {
            reader.peer.window = Int.random(in: 1...700, using: &generator)
            world.turn()
        }
        XCTAssertEqual(reader.chats, (0..<200).map { "message \($0)" })
        reader.peer.window = .max
        reader.say("and is heard")
        world.settle()
        XCTAssertEqual(sender.chats.last, "and is heard")
    }

    // MARK: Ends

    func testTheServersEndIsSaidBeforeTheConnectionIsClosed() {
        let client = world.connectSecurely()
        client.send("GET", "/api/self", token: token, fields: ["Connection: close"])
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200])
        XCTAssertTrue(client.peer.tls!.hasEnded)
        XCTAssertTrue(client.peer.isShutDown)
        XCTAssertFalse(client.peer.isClosed, "the client's end is awaited")
        client.peer.tls!.close()
        client.peer.get([])
        world.settle()
        XCTAssertTrue(client.peer.isClosed)
        XCTAssertEqual(statistics.sessions, 0)
    }

    func testCloseNotifyIsAnsweredWithTheServers() {
        let client = world.connectSecurely()
        client.peer.tls!.close()
        client.peer.get([])
        world.settle()
        XCTAssertTrue(client.peer.tls!.hasEnded)
        XCTAssertTrue(client.peer.isClosed)
        XCTAssertEqual(statistics.sessions, 0)
        XCTAssertEqual(statistics.failed, 0)
    }

    /// It asks, says that it will ask no more, and still gets its answer.
    func testARequestBeforeTheClientsEndIsAnswered() {
        for endsWithoutSayingSo in [false, true] {
            let client = world.connectSecurely()
            client.send("GET", "/api/chats?size=100", token: token)
            if endsWithoutSayingSo {
                client.peer.ends = true
            } else {
                client.peer.tls!.close()
                client.peer.get([])
            }
            world.settle()
            client.read()
            XCTAssertEqual(client.responses.map(\.status), [200])
            XCTAssertTrue(client.peer.isClosed)
        }
        XCTAssertEqual(statistics.sessions, 0)
    }

    func testTheLastOfAnAnswerLeavesBeforeTheEndIsSaid() {
        let client = world.connectSecurely()
        client.peer.window = 100
        client.send("GET", "/api/self", token: token, fields: ["Connection: close"])
        for _ in 0..<50 { world.turn() }
        XCTAssertFalse(client.peer.isShutDown)
        while !client.peer.isShutDown, world.turns < 1_000 {
            client.peer.window = 7
            world.turn()
        }
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200])
        XCTAssertTrue(client.peer.tls!.hasEnded)
    }

    func testABrokenRecordEndsItsSenderAndNobodyElse() {
        let other = world.connectSecurely().open(token: token)
        let client = world.connectSecurely().open(token: token)
        client.peer.arriving = [[23, 3, 3, 0, 40] + [UInt8](repeating: 9, count: 40)]
        world.settle()
        XCTAssertTrue(client.peer.isClosed)
        XCTAssertTrue(client.peer.tls!.hasFailed)
        XCTAssertEqual(client.peer.tls!.alert, 20, "bad_record_mac")
        XCTAssertEqual(statistics.failed, 1)
        other.say("still here")
        world.settle()
        XCTAssertEqual(other.chats, ["still here"])
    }

    // MARK: Limits

    func testWithoutAFreeSessionAPeerIsRefusedAndCounted() {
        let clients = (0..<8).map { _ in world.connectSecurely() }
        let refused = world.connectSecurely()
        XCTAssertTrue(refused.peer.isClosed)
        XCTAssertEqual(statistics.refused, 1)
        for client in clients {
            XCTAssertEqual(client.ask("GET", "/api/self", token: token).status, 200)
        }
        XCTAssertEqual(world.connectPlainly().ask("GET", "/api/self", token: token).status, 200)
        clients[3].peer.ends = true
        world.settle()
        XCTAssertEqual(world.connectSecurely().ask("GET", "/api/self", token: token).status, 200)
    }

    func testWhoConnectsAndSaysNothingHoldsNoSession() {
        let silent = (0..<50).map { _ in SimulatedPeer(address: world.newAddress(), tls: SimulatedTLS()) }
        world.turn(arriving: silent)
        world.settle()
        XCTAssertEqual(statistics.sessions, 0)
        world.advance(world.server.options.requestTimeout)
        XCTAssertTrue(silent.allSatisfy(\.isClosed))
        XCTAssertEqual(statistics.timedOut, 50)
    }

    func testAHandshakeThatStallsOrTricklesIsEndedInTime() {
        for trickles in [false, true] {
            let client = world.connectPlainly()
            let peer = SimulatedPeer(address: world.newAddress(), tls: SimulatedTLS())
            peer.get([])
            let hello = peer.arriving.removeFirst()
            peer.arriving = [Array(hello.prefix(10))]
            world.turn(arriving: [peer])
            for second in 0..<15 {
                XCTAssertFalse(peer.isClosed)
                world.advance(1_000)
                if trickles { peer.arriving = [[hello[10 + second]]] }
            }
            world.settle()
            XCTAssertTrue(peer.isClosed)
            XCTAssertEqual(client.ask("GET", "/api/self", token: token).status, 200)
        }
        XCTAssertEqual(statistics.timedOut, 2)
        XCTAssertEqual(statistics.sessions, 0)
    }

    func testTheSlowestHandshakeGivesWayToThoseWhoAreTurnedAway() {
        let stalled = (0..<8).map { _ in
            SimulatedPeer(address: world.newAddress(), tls: SimulatedTLS())
        }
        for peer in stalled {
            peer.get([])
            peer.arriving = [Array(peer.arriving[0].prefix(20))]
            world.turn(arriving: [peer])
        }
        XCTAssertTrue(world.connectSecurely().peer.isClosed)
        XCTAssertFalse(stalled[0].isClosed, "it has just begun")
        world.advance(SecureServer.patience)
        let comers = [world.beginSecurely(), world.beginSecurely()]
        world.settle()
        XCTAssertEqual(stalled.map(\.isClosed), [true, true] + [Bool](repeating: false, count: 6))
        for comer in comers { XCTAssertEqual(comer.ask("GET", "/healthz").status, 200) }
        XCTAssertEqual(statistics.refused, 1)
    }

    func testWhoHasBeenIdleForLongestGivesWayToThoseWhoWouldBeTurnedAway() {
        let member = world.connectSecurely().open(token: token)
        let halfAsking = world.connectSecurely()
        halfAsking.peer.send(Array("GET /healthz HTTP/1.1\r\n".utf8))
        let idle = (0..<6).map { _ in world.connectSecurely() }
        world.advance(SecureServer.patience - 1)
        XCTAssertTrue(world.connectSecurely().peer.isClosed)
        XCTAssertEqual(statistics.refused, 1)
        XCTAssertEqual(idle[0].ask("GET", "/healthz").status, 200)
        world.advance(1)
        let comers = [SimulatedPeer(address: world.newAddress(), tls: SimulatedTLS()),
                      SimulatedPeer(address: world.newAddress(), tls: SimulatedTLS())]
        for comer in comers { comer.get([]) }
        world.turn(arriving: comers)
        world.settle()
        XCTAssertEqual(idle.map(\.peer.isClosed), [false, true, true, false, false, false])
        XCTAssertTrue(idle[1].peer.tls!.hasEnded, "it was told (close_notify)")
        for comer in comers {
            XCTAssertEqual(Client(comer, in: world).ask("GET", "/healthz").status, 200)
        }
        XCTAssertEqual(statistics.refused, 1)
        halfAsking.peer.send(Array("Host: x\r\n\r\n".utf8))
        halfAsking.expectAnswer(to: "GET")
        world.settle()
        halfAsking.read()
        XCTAssertEqual(halfAsking.responses.map(\.status), [200])
        member.say("still here")
        world.settle()
        XCTAssertEqual(member.chats, ["still here"])
        world.assertInvariants()
    }

    /// Nobody would be spared if a newcomer could have them all hung up on.
    func testOneNewcomerTakesThePlaceOfOne() {
        let idle = (0..<8).map { _ in world.connectSecurely() }
        world.advance(SecureServer.patience)
        _ = world.connectSecurely()
        XCTAssertEqual(idle.filter(\.peer.isClosed).count, 1)
        XCTAssertEqual(statistics.sessions, 8)
    }

    func testThatSessionsRunOutIsLoggedNowAndThen() {
        for _ in 0..<12 { _ = world.connectSecurely() }
        XCTAssertEqual(world.logged.filter { $0.contains("tls_connections") }.count, 1)
        world.advance(11 * 60_000)
        for _ in 0..<12 { _ = world.connectSecurely() }
        XCTAssertEqual(world.logged.filter { $0.contains("tls_connections") }.count, 2)
    }

    func testTooManyOfOneAddressAreNotEvenHeard() throws {
        var options = SecureServerTests.options(sessions: 8)
        options.connectionsPerAddress = 2
        try use(options)
        let address = world.newAddress()
        let token = world.token(world.admin)
        let clients = (0..<2).map { _ in world.connectSecurely(from: address).open(token: token) }
        let third = world.connectSecurely(from: address)
        XCTAssertEqual((clients + [third]).map(\.peer.isClosed), [false, false, true])
        XCTAssertEqual(statistics.handshakes, 2)
    }

    func testBeyondTheRateOfConnectionsNoHandshakeIsMade() throws {
        var options = SecureServerTests.options(sessions: 8)
        options.connectionRate = Rate(2, per: 60_000)
        try use(options)
        let address = world.newAddress()
        let clients = (0..<4).map { _ in world.connectSecurely(from: address) }
        XCTAssertEqual(clients.map(\.peer.isClosed), [false, false, true, true])
        XCTAssertEqual(statistics.handshakes, 2)
        XCTAssertEqual(world.server.statistics.rateLimited, 2)
        world.assertInvariants()
    }

    // MARK: Fairness

    func testATurnHasFewCostlyStepsAndTheChatGoesOn() throws {
        try use(SecureServerTests.options(sessions: 60))
        let sender = world.connectPlainly().open(token: token)
        let reader = world.connectSecurely().open(token: token)
        let crowd = shakers(50)
        var turns = 0
        while !crowd.allSatisfy({ $0.tls!.isOpen }), turns < 1_000 {
            sender.say("turn \(turns)")
            world.turn(arriving: turns == 0 ? crowd : [])
            XCTAssertEqual(reader.chats.last, "turn \(turns)", "it crosses in its own turn")
            turns += 1
        }
        // Two costly steps each.
        XCTAssertGreaterThanOrEqual(turns * world.secure!.stepsPerTurn, 100)
        XCTAssertGreaterThan(turns, 3)
        XCTAssertLessThan(turns, 110)
        world.settle()
        XCTAssertEqual(statistics.handshakes, 51)
        XCTAssertTrue(
            crowd.allSatisfy {
                Client($0, in: world).ask("GET", "/api/self", token: token).status == 200
            })
    }

    /// Peers whose first message is on its way.
    private func shakers(_ count: Int) -> [SimulatedPeer] {
        (0..<count).map { _ in
            let peer = SimulatedPeer(address: world.newAddress(), tls: SimulatedTLS())
            peer.get([])
            return peer
        }
    }

    func testWhoComesBackWithATicketWaitsForNobody() throws {
        try use(SecureServerTests.options(sessions: 60))
        let earlier = world.connectSecurely(with: withoutTLS13(SimulatedTLS()))
        _ = earlier.ask("GET", "/api/self", token: token)
        let crowd = shakers(50)
        world.turn(arriving: crowd)
        let back = world.beginSecurely(
            with: withoutTLS13(SimulatedTLS(resuming: earlier.peer.tls!)))
        for _ in 0..<2 { world.turn() }
        XCTAssertFalse(crowd.allSatisfy { $0.tls!.isOpen }, "they are still at it")
        XCTAssertTrue(back.peer.tls!.isOpen)
        XCTAssertEqual(statistics.resumed, 1)
    }

    /// With TLS 1.3 keys are made anew also for those who come back.
    private func withoutTLS13(_ tls: SimulatedTLS) -> SimulatedTLS {
        tls.offerNoTLS13()
        return tls
    }

    // MARK: Shutdown and renewal

    func testAtShutdownEverybodyIsToldAndLetGo() {
        let reader = world.connectSecurely().open(token: token)
        let shaking = world.beginSecurely()
        world.secure!.beginShutdown()
        world.settle()
        reader.closes(1001)
        XCTAssertTrue(shaking.peer.isClosed)
        reader.peer.send(Client.close(1001))
        world.settle()
        XCTAssertTrue(reader.peer.tls!.hasEnded)
        reader.peer.tls!.close()
        reader.peer.get([])
        world.settle()
        XCTAssertTrue(reader.peer.isClosed)
        XCTAssertTrue(world.secure!.isFinished)
        XCTAssertEqual(statistics.sessions, 0)
    }

    func testTheIdentityIsReadAgainWhenAsked() {
        world.secure!.renewIdentity()
        world.turn()
        XCTAssertEqual(world.logged, ["the identity is to be renewed"])
        world.turn()
        XCTAssertEqual(world.logged.count, 1)
    }
}

@testable import ServerCore
import TestSupport
import XCTest

/// Requests in, answers out, whatever the network does to their bytes.
final class RequestTests: XCTestCase {
    private var world: World!

    override func setUpWithError() throws { world = try World() }
    override func tearDown() { world = nil }

    private func get(_ path: String, as user: Int64? = nil) -> [UInt8] {
        Client.request("GET", path, token: world.token(user ?? world.admin))
    }

    func testAConnectionGoesOnAfterEveryRefusalWithoutABody() {
        let client = world.connect()
        for _ in 0..<3 {
            XCTAssertEqual(client.ask("GET", "/nowhere").status, 404)
            XCTAssertEqual(client.ask("GET", "/api/self").status, 401)
            XCTAssertEqual(client.ask("PUT", "/api/self").status, 405)
            XCTAssertEqual(client.ask("GET", "/api/users/x").status, 400)
            XCTAssertEqual(
                client.ask("GET", "/api/self", token: world.token(world.admin)).status, 200)
            world.assertInvariants()
        }
    }

    func testARequestCutAnywhereIsAnsweredTheSame() {
        let token = world.token(world.admin)
        let requests: [(name: String, bytes: [UInt8], status: Int)] = [
            ("read", Client.request("GET", "/api/self", token: token), 200),
            ("refusal", Client.request("GET", "/nowhere"), 404),
            (
                "malformed head", Array("GET / HTTP/1.1\r\nHost: a\r\nBad Field: x\r\n\r\n".utf8),
                400
            ),
            ("bad body", Client.request("POST", "/api/tokens", body: #"{"username":"#), 400),
            (
                "login",
                Client.request(
                    "POST", "/api/tokens",
                    body: #"{"username":"admin","password":"\#(World.password)"}"#), 200
            ),
            (
                "chunked",
                Array(
                    ("POST /api/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "4\r\n{\"us\r\n1b;x=y\r\nername\":\"admin\",\"password\":\r\n"
                        + "f\r\n\"correct horse\"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n").utf8), 200
            ),
        ]
        for request in requests {
            var expected: Set<String>?
            forEverySplit(of: request.bytes) { pieces, name in
                let client = world.connect()
                client.expectAnswer(to: "")
                for piece in pieces { client.peer.send(piece) }
                world.settle()
                client.read()
                XCTAssertEqual(client.responses.count, 1, "\(request.name), \(name)")
                XCTAssertEqual(
                    client.responses.first?.status, request.status, "\(request.name), \(name)")
                let keys = Set(client.responses.first?.object.keys.map { $0 } ?? [])
                expected = expected ?? keys
                XCTAssertEqual(keys, expected, "\(request.name), \(name)")
                client.peer.ends = true
                world.settle()
            }
        }
        world.assertInvariants()
        XCTAssertEqual(world.freeInputs, world.server.options.inputBuffers)
    }

    func testPipelinedRequestsAreAnsweredInOrderWhereverTheyAreCut() {
        let paths = ["/api/self", "/nowhere", "/api/server", "/api/channels", "/api/users"]
        let whole = paths.flatMap { get($0) }
        for cut in stride(from: 1, to: whole.count, by: 7) {
            let client = world.connect()
            for _ in paths { client.expectAnswer(to: "GET") }
            client.peer.send(Array(whole[..<cut]))
            client.peer.send(Array(whole[cut...]))
            world.settle()
            client.read()
            XCTAssertEqual(
                client.responses.map(\.status), [200, 404, 200, 200, 200], "cut at \(cut)")
            guard client.responses.count == 5 else { continue }
            XCTAssertEqual(client.responses[0].object["username"] as? String, "admin")
            XCTAssertEqual(client.responses[2].object["name"] as? String, "Community")
            XCTAssertEqual(client.responses[3].array.first?["name"] as? String, "general")
            XCTAssertEqual(client.responses[4].array.first?["username"] as? String, "admin")
            client.peer.ends = true
            world.settle()
        }
        world.assertInvariants()
    }

    func testAPipelinedLoginHoldsBackWhatFollowsAndNothingIsLost() {
        let client = world.connect()
        let login = Client.request(
            "POST", "/api/tokens", body: #"{"username":"admin","password":"\#(World.password)"}"#)
        for _ in 0..<4 { client.expectAnswer(to: "") }
        client.peer.send(get("/api/self") + login + get("/api/server") + login)
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200, 200, 200, 200])
        XCTAssertNotNil(client.responses[1].object["token"])
        XCTAssertEqual(client.responses[2].object["name"] as? String, "Community")
        world.assertInvariants()
    }

    func testAnswersCutByShortWritesOfAnySizeArriveWhole() throws {
        for number in 0..<8 { try world.addUser("member number \(number)") }
        let reference = world.connect().ask("GET", "/api/users", token: world.token(world.admin))
        for size in 1...80 {
            let client = world.connect()
            client.peer.writeLimit = { size }
            let answer = client.ask("GET", "/api/users", token: world.token(world.admin))
            XCTAssertEqual(answer.body, reference.body, "writes of \(size)")
            client.peer.ends = true
            world.settle()
        }
        world.assertInvariants()
    }

    func testAPeerThatHalfClosesAfterItsRequestIsAnswered() {
        let client = world.connect()
        for _ in 0..<3 { client.expectAnswer(to: "GET") }
        client.peer.send(get("/api/self") + get("/api/server") + get("/api/users"))
        client.peer.ends = true
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200, 200, 200])
        XCTAssertTrue(client.peer.isClosed)
        world.assertInvariants()
    }

    func testHTTP10ClosesUnlessAskedToStay() {
        let token = world.token(world.admin)
        let closing = world.connect()
        XCTAssertEqual(
            closing.ask("GET", "/api/self", token: token, version: "1.0").fields["connection"],
            "close")
        XCTAssertTrue(closing.peer.isShutDown)
        closing.peer.ends = true
        world.settle()
        XCTAssertTrue(closing.peer.isClosed)
        let staying = world.connect()
        for _ in 0..<2 {
            let answer = staying.ask(
                "GET", "/api/self", token: token, fields: ["Connection: keep-alive"], version: "1.0"
            )
            XCTAssertEqual(answer.fields["connection"], "keep-alive")
        }
        XCTAssertFalse(staying.peer.isClosed)
    }

    func testHEADAnswersWithTheHeadOfGETAndNoBody() {
        let client = world.connect()
        let token = world.token(world.admin)
        for path in ["/api/self", "/api/users", "/api/channels", "/nowhere"] {
            let get = client.ask("GET", path, token: token)
            let head = client.ask("HEAD", path, token: token)
            XCTAssertEqual(head.status, get.status)
            XCTAssertEqual(head.fields["content-length"], get.fields["content-length"])
            XCTAssertEqual(head.fields["content-length"], "\(get.body.count)")
        }
        XCTAssertEqual(client.ask("GET", "/api/self", token: token).status, 200)
    }

    func testAClientThatExpectsIsToldToGoOnOnceAndThenAnswered() {
        let body = #"{"username":"admin","password":"\#(World.password)"}"#
        for windowed in [false, true] {
            let client = world.connect()
            client.expectAnswer(to: "POST")
            if windowed { client.peer.writeLimit = { 3 } }
            client.peer.send(
                "POST /api/tokens HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n")
            world.settle()
            client.read()
            XCTAssertEqual(client.interims, 1)
            XCTAssertEqual(client.responses.count, 0)
            for byte in body.utf8 { client.peer.send([byte]) }
            world.settle()
            client.read()
            XCTAssertEqual(client.interims, 1)
            XCTAssertEqual(client.responses.map(\.status), [200])
        }
    }

    /// The peer reads nothing of "100 Continue" before the answer is there too.
    func testAnInterimAnswerNotYetReadComesBeforeTheFinalOne() {
        for window in 0...25 {
            let client = world.connect()
            client.expectAnswer(to: "POST")
            client.peer.window = window
            client.peer.send(
                "POST /api/tokens HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 2\r\n\r\n")
            world.settle()
            client.peer.send("{}")
            world.settle()
            client.peer.window = .max
            world.settle()
            client.read()
            XCTAssertEqual(client.interims, 1, "window \(window)")
            XCTAssertEqual(client.responses.map(\.status), [400], "window \(window)")
        }
        world.assertInvariants()
    }

    func testNobodyIsToldToGoOnWithABodyThatIsRefused() {
        let client = world.connect()
        client.expectAnswer(to: "POST")
        client.peer.send(
            "POST /api/tokens HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                + "Content-Length: 1000000\r\n\r\n")
        world.settle()
        client.read()
        XCTAssertEqual(client.interims, 0)
        XCTAssertEqual(client.responses.map(\.status), [413])
    }

    func testTheBodyOfARefusedRequestIsDrainedAndTheAnswerSeen() {
        for path in ["/nowhere", "/api/channels"] {
            let client = world.connect()
            client.expectAnswer(to: "POST")
            client.peer.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n")
            for _ in 0..<10 { client.peer.send([UInt8](repeating: 65, count: 30_000)) }
            world.settle()
            client.read()
            XCTAssertEqual(client.responses.count, 1)
            XCTAssertTrue(client.peer.isShutDown, "the end was announced")
            XCTAssertTrue(client.peer.arriving.isEmpty, "what still came was read")
            XCTAssertFalse(client.peer.isClosed, "no reset while the peer still sends")
            client.peer.ends = true
            world.settle()
            XCTAssertTrue(client.peer.isClosed)
        }
        world.assertInvariants()
        XCTAssertEqual(world.freeInputs, world.server.options.inputBuffers)
    }

    func testALateTrickleIntoARefusedBodyEndsInTime() {
        let client = world.connect()
        client.expectAnswer(to: "POST")
        client.peer.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n")
        world.settle()
        for _ in 0..<10 where !client.peer.isClosed {
            client.peer.send("x")
            world.advance(1_000)
        }
        XCTAssertTrue(client.peer.isClosed)
    }

    func testBrokenConnectionsGiveEverythingBack() {
        var half = get("/api/self")
        half.removeLast(10)
        let scripts: [[UInt8]] = [
            [], half, get("/api/self"), get("/api/self") + half,
            Client.request("POST", "/api/tokens", body: #"{"username":"admin","password":"x"}"#),
        ]
        for script in scripts {
            for breaksAfterTurns in 0..<4 {
                let client = world.connect()
                client.peer.window = 10
                client.peer.send(script)
                for _ in 0..<breaksAfterTurns { world.turn() }
                client.peer.breaks = true
                world.settle()
                XCTAssertTrue(client.peer.isClosed)
                world.assertInvariants()
            }
            let client = world.connect()
            client.peer.failsWrites = true
            client.peer.send(script)
            world.settle()
            client.peer.breaks = true
            world.settle()
        }
        world.assertInvariants()
        XCTAssertEqual(world.server.connections.count, 0)
        XCTAssertEqual(world.freeInputs, world.server.options.inputBuffers)
        XCTAssertEqual(world.freeOutputs, world.server.options.outputBuffers)
    }
}

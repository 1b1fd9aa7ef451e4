import Foundation
import Memory
import Model
@testable import ServerCore
import TestSupport
import XCTest

/// Many peers do many things at random, right and wrong, over a network that cuts and stalls.
///
/// A failure names its seed. `CONCORD_SEED=7` runs that one alone, `CONCORD_SEEDS=5000` more.
final class SwarmTests: XCTestCase {
    /// What a seed has in the channel `hidden`.
    private enum Secrets: CaseIterable {
        case none
        /// One member never sees it.
        case hidden
        /// The operator shows and hides it from time to time.
        case changing
    }

    private final class Actor {
        enum Kind { case http, webSocket }
        let client: Client
        let kind: Kind
        /// Whose WebSocket it is.
        let member: Int
        /// Sent nothing wrong, and all that it asked: numbers in the paths of its requests.
        var isOrderly = true
        var asked = 0

        init(_ client: Client, _ kind: Kind, of member: Int) {
            self.client = client
            self.kind = kind
            self.member = member
        }
    }

    private var world: World!
    private var generator = SeededGenerator(seed: 0)
    private var actors: [Actor] = []
    private var tokens: [String] = []
    private var secrets = Secrets.none
    /// The one member whose view of the channel `hidden` may be taken away.
    private static let kept = 2
    private var hidden: Int64 = 0
    private var members: [Int64] = []
    private var stored: [Int64: String] = [:]
    private var reached: Set<String> = []

    func testInvariantsHoldWhateverASwarmDoes() throws {
        let environment = ProcessInfo.processInfo.environment
        let seeds: [UInt64]
        if let one = environment["CONCORD_SEED"].flatMap({ UInt64($0) }) {
            seeds = [one]
        } else {
            seeds = Array(0..<(environment["CONCORD_SEEDS"].flatMap { UInt64($0) } ?? 200))
        }
        for seed in seeds {
            let failures = testRun?.totalFailureCount ?? 0
            try run(seed)
            if (testRun?.totalFailureCount ?? 0) > failures {
                return XCTFail("run again with CONCORD_SEED=\(seed)")
            }
        }
        guard seeds.count >= 200 else { return }
        for expected in [
            "101", "200", "400", "404", "408", "503", "close 1002", "failed turn",
            "out of buffers",
        ] {
            XCTAssertTrue(reached.contains(expected), "no seed ever came to: \(expected)")
        }
    }

    private func run(_ seed: UInt64) throws {
        var options = World.freeOptions
        options.connections = 10
        options.inputBuffers = 4
        options.outputBuffers = 5
        options.loginQueue = 2
        options.limits.contentScalarsMax = 500
        options.ringBytes = 1 << 16
        world = try World(options, seed: seed)
        defer { world = nil }
        generator = SeededGenerator(seed: seed)
        actors = []
        stored = [:]
        members = try (0..<3).map { try world.addUser("member \($0)") }
        tokens = members.map { world.token($0) }
        secrets = Secrets.allCases[Int(seed % UInt64(Secrets.allCases.count))]
        hidden = try world.addChannel("hidden")
        try world.store.commit()
        if secrets != .none {
            XCTAssertTrue(world.setView(-1, of: members[SwarmTests.kept], in: hidden))
        }

        for _ in 0..<80 {
            for _ in 0..<Int.random(in: 0...3, using: &generator) { act() }
            world.diskIsFull = chance(40)
            world.turn()
            world.diskIsFull = false
            world.assertInvariants()
            if chance(10) { pass(.random(in: 1...4_000, using: &generator)) }
            if chance(60) { pass(20_000) }
            if secrets == .changing, chance(8) {
                world.setView(chance(2) ? -1 : 2, of: members[SwarmTests.kept], in: hidden)
                world.assertInvariants()
            }
        }
        finish()
    }

    private func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &generator) == 0 }

    private func pass(_ milliseconds: Milliseconds) {
        world.monotonic += milliseconds
        world.wall += milliseconds
    }

    // MARK: What actors do

    private func act() {
        actors.removeAll { actor in
            guard actor.client.peer.isClosed else { return false }
            judge(actor)
            return true
        }
        if actors.count < 12, actors.isEmpty || chance(5) { return join() }
        guard let actor = actors.randomElement(using: &generator) else { return }
        let peer = actor.client.peer
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: peer.breaks = true
        case 1:
            peer.ends = true
            actor.isOrderly = false
        case 2: peer.window = 0
        case 3...7:
            peer.window =
                peer.window == .max ? .max : peer.window + .random(in: 1...3_000, using: &generator)
        case 8: peer.window = .max
        default: actor.kind == .http ? ask(actor) : speak(actor)
        }
    }

    private func join() {
        let client = world.connect()
        let kind: Actor.Kind = chance(3) ? .http : .webSocket
        let actor = Actor(client, kind, of: .random(in: 0..<tokens.count, using: &generator))
        let seed = generator.next()
        var limits = SeededGenerator(seed: seed)
        if chance(2) {
            client.peer.writeLimit = { Int.random(in: 1...700, using: &limits) }
        }
        actors.append(actor)
        if actor.kind == .webSocket {
            client.expectAnswer(to: "GET")
            send(
                actor,
                Client.request(
                    "GET", "/client?token=\(tokens[actor.member])",
                    fields: Client.handshakeFields))
        }
    }

    private func send(_ actor: Actor, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count =
                chance(2) ? rest.count : Int.random(in: 1...min(rest.count, 400), using: &generator)
            actor.client.peer.send(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
    }

    private func ask(_ actor: Actor) {
        guard !actor.client.peer.ends else { return }
        let token = tokens.randomElement(using: &generator)!
        switch Int.random(in: 0..<12, using: &generator) {
        case 0...3:
            actor.asked += 1
            actor.client.expectAnswer(to: "GET")
            send(actor, Client.request("GET", "/nowhere/\(actor.asked)"))
        case 4, 5:
            actor.client.expectAnswer(to: "GET")
            send(
                actor,
                Client.request(
                    "GET", "/api/chats?size=\(Int.random(in: 1...200, using: &generator))",
                    token: token))
        case 6:
            actor.client.expectAnswer(to: "POST")
            let content = String(repeating: "p", count: .random(in: 1...400, using: &generator))
            send(
                actor,
                Client.request(
                    "POST", "/api/channels/\(world.general)/chats", token: token,
                    body: #"{"content":"\#(content)"}"#))
        case 7:
            actor.client.expectAnswer(to: "POST")
            let name = "new \(generator.next() % 50)"
            send(
                actor,
                Client.request(
                    "POST", chance(2) ? "/api/tokens" : "/api/users/register",
                    body: #"{"username":"\#(name)","password":"\#(World.password)"}"#))
        case 8:
            actor.client.expectAnswer(to: "HEAD")
            send(actor, Client.request("HEAD", "/api/users", token: token))
        case 9:
            // The client may see 413 or 401, and the connection end.
            actor.isOrderly = false
            actor.client.expectAnswer(to: "POST")
            send(
                actor,
                Client.request("POST", "/api/channels", body: String(repeating: "b", count: 3_000)))
        case 10:
            actor.isOrderly = false
            actor.client.expectAnswer(to: "")
            send(actor, generator.bytes(Int.random(in: 1...200, using: &generator)))
        default:
            // Never completed.
            actor.isOrderly = false
            actor.client.expectAnswer(to: "GET")
            send(actor, Array("GET /api/self HTTP/1.1\r\nHost".utf8))
        }
    }

    private func speak(_ actor: Actor) {
        guard !actor.client.peer.ends else { return }
        func chat() -> [UInt8] {
            let text = String(repeating: "c", count: .random(in: 1...480, using: &generator))
            if secrets != .none, actor.member != SwarmTests.kept, chance(2) {
                return Client.text(actor.client.chat("secret \(text)", in: hidden))
            }
            return Client.text(actor.client.chat(text))
        }
        switch Int.random(in: 0..<24, using: &generator) {
        case 0...7: for _ in 0..<Int.random(in: 1...12, using: &generator) { send(actor, chat()) }
        case 8, 9: send(actor, (0..<20).flatMap { _ in chat() })
        case 10...12:
            send(actor, Client.frame(9, generator.bytes(.random(in: 0...125, using: &generator))))
        case 13:
            for _ in 0..<100 { send(actor, Client.frame(9, [UInt8](repeating: 1, count: 125))) }
        case 14, 15:
            send(actor, Client.text(#"{"type":"chat_typing","channelId":\#(world.general)}"#))
        case 16, 17:
            send(
                actor,
                Client.text(#"{"type":"chat_reaction","chatId":5,"reaction":"+","adding":true}"#))
        case 18:
            let bytes = Array(actor.client.chat("in fragments").utf8)
            send(actor, Client.frame(1, Array(bytes[..<20]), final: false))
            send(actor, Client.frame(9, [1]))
            send(actor, Client.frame(0, Array(bytes[20...])))
        case 19: send(actor, Client.text("{ nonsense"))
        case 20: send(actor, Client.close(1000, "bye"))
        case 21: if chance(3) { send(actor, generator.bytes(40)) }
        case 22: if chance(3) { send(actor, Client.frame(2, [1])) }
        default: if chance(3) { send(actor, Array(chat().dropLast(3))) }
        }
    }

    // MARK: What must be true

    /// Called when a connection has ended, or has come to rest with all read.
    private func judge(_ actor: Actor) {
        let client = actor.client
        client.read()
        for response in client.responses { reached.insert("\(response.status)") }
        if client.isWebSocket {
            assertEventsAreInOrder(client)
            if secrets == .hidden, actor.member == SwarmTests.kept {
                XCTAssertFalse(client.chats.contains { $0.hasPrefix("secret") }, "shown")
            }
            if let code = client.closeCode { reached.insert("close \(code)") }
            for message in client.messages("chat_sent") {
                guard let chat = message["chat"] as? [String: Any], let id = chat["id"] as? Int64
                else {
                    XCTFail("a chat without id")
                    continue
                }
                XCTAssertEqual(storedContent(of: id), chat["content"] as? String)
            }
        } else if actor.isOrderly {
            let numbers = client.responses.filter { $0.status == 404 }
                .compactMap {
                    ($0.object["path"] as? String)?.split(separator: "/").last.flatMap { Int($0) }
                }
            XCTAssertEqual(numbers, numbers.sorted(), "answers out of order")
            for response in client.responses
            where response.status == 200 && response.fields["content-type"] != nil
                && !response.body.isEmpty
            {
                XCTAssertNotNil(response.json, "an answer that is no JSON")
            }
        }
    }

    /// Where nothing is hidden the events have no gaps either.
    private func assertEventsAreInOrder(_ client: Client) {
        if secrets == .none { return client.assertEventsFollowHello() }
        let events = [client.helloEvent ?? -1] + client.eventIDs
        XCTAssertTrue(zip(events, events.dropFirst()).allSatisfy { $0 < $1 }, "out of order")
    }

    private func storedContent(of id: Int64) -> String? {
        if let known = stored[id] { return known }
        guard let content = (try? world.store.chat(ChatID(id)))?.content else { return nil }
        let bytes = UnsafeBufferPointer(start: content.base, count: content.count)
        stored[id] = String(decoding: bytes, as: UTF8.self)
        return stored[id]
    }

    private func finish() {
        for actor in actors {
            actor.client.peer.window = .max
            actor.client.peer.writeLimit = { .max }
        }
        world.settle()
        world.assertInvariants()
        for actor in actors {
            judge(actor)
            let client = actor.client
            guard secrets == .none, client.isWebSocket, client.closeCode == nil,
                !client.peer.isClosed
            else {
                continue
            }
            let newest = client.eventIDs.last ?? client.helloEvent ?? -1
            XCTAssertEqual(
                Int64(newest), world.server.hub.publishedEvent, "an open one lags behind")
        }
        for actor in actors { actor.client.peer.breaks = true }
        world.settle()
        world.assertInvariants()
        if world.server.statistics.failedCommits > 0 { reached.insert("failed turn") }
        if world.server.statistics.outOfBuffers > 0 { reached.insert("out of buffers") }
        XCTAssertEqual(world.server.connections.count, 0)
        XCTAssertEqual(world.server.subscribers.count, 0)
        XCTAssertEqual(world.freeInputs, world.server.options.inputBuffers)
        XCTAssertEqual(world.freeOutputs, world.server.options.outputBuffers)
        XCTAssertNil(world.server.waitTime, "a deadline of nobody")
    }
}

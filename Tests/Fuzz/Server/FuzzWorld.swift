import Crypto
import Memory
import Model
import ServerCore
import Storage

/// A server between two turns, its peers, and its clock.
final class World {
    static let peersMax = 6
    /// In every chat of the hidden channel, and nowhere else.
    static let secret = "S3CR3T"

    let template: Template
    let store: Store
    let server: Server
    var network = Network()
    var peers: [Peer?] = Array(repeating: nil, count: peersMax)
    private var time: TurnTime
    /// Whether the hidden channel was always hidden from the member.
    private var isAlwaysHidden = true
    private var generator: UInt64 = 1

    /// `template` is nil while the template itself is being made.
    init(path: String, template: Template) {
        self.template = template
        var storing = StoreOptions()
        storing.durability = .relaxed
        storing.eventRetention = 100
        store = try! Store(path: path, options: storing)
        var state: UInt64 = 7
        let random = RandomSource { memory in
            for index in 0..<memory.count {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                memory[index] = UInt8(truncatingIfNeeded: state >> 40)
            }
        }
        let secret: [UInt8] = Array(repeating: 7, count: 32)
        let key = secret.withUnsafeBufferPointer {
            TokenKey.secret(Bytes(base: $0.baseAddress!, count: 32))
        }
        server = try! Server(
            store: store, options: World.options, tokenKey: key, random: random, log: Log { _, _ in })
        time = TurnTime(monotonic: 1_000, wall: 1_700_000_000_000 + template.wallOffset)
    }

    convenience init(copying template: Template) {
        self.init(path: template.copy(), template: template)
        server.start(at: time.monotonic)
    }

    deinit { store.close() }

    /// Small pools and a small ring, so that short inputs exhaust and wrap them.
    private static var options: ServerOptions {
        var options = ServerOptions()
        options.passwordRounds = 10
        options.passwordRoundsPerSlice = 10
        options.messageRate = Rate(0, per: 1)
        options.loginRate = Rate(0, per: 1)
        options.registrationRate = Rate(0, per: 1)
        options.connectionRate = Rate(0, per: 1)
        options.connections = 6
        options.inputBuffers = 4
        options.outputBuffers = 4
        options.loginQueue = 2
        options.limits.contentScalarsMax = 500
        options.ringBytes = 1 << 16
        return options
    }

    // MARK: Actions

    func perform(_ action: Action, _ input: inout ActionReader) {
        switch action {
        case .connect: connect(input.peer, as: Int(input.byte()) % 4)
        case .open: open(input.peer, as: Int(input.byte()) % 3, "")
        case .resume:
            let user = Int(input.byte()) % 3
            open(input.peer, as: user, "&after=\(input.byte())")
        case .hide: hide(input.byte())
        case .turns: for _ in 0...input.byte() & 7 { turn() }
        case .wait: advance(Milliseconds(input.byte()) * 250)
        default:
            guard let peer = peers[input.peer], !peer.isClosed else { return }
            perform(action, &input, peer)
        }
    }

    private func perform(_ action: Action, _ input: inout ActionReader, _ peer: Peer) {
        switch action {
        case .raw: peer.send(input.bytes())
        case .text: peer.sendFrame(1, input.bytes())
        case .ping: peer.sendFrame(9, Array(input.bytes().prefix(125)))
        case .chat:
            let place = Int(input.byte())
            say(peer, place, length: Int(input.byte()) * 2)
        case .burst:
            let count = Int(input.byte()) & 31
            for number in 0..<count { say(peer, number, length: 450) }
        case .window: peer.window = Int(input.byte()) * 16
        case .writeLimit:
            let limit = Int(input.byte())
            peer.writeLimit = limit == 0 ? .max : limit * 9
        case .request:
            let number = Int(input.byte())
            peer.send(template.request(number, as: peer.user, body: input.bytes()))
        case .end: peer.ends = true
        case .breakOff: peer.breaks = true
        default: break
        }
    }

    /// Even places are open to everyone, odd ones hidden from the member.
    private func say(_ peer: Peer, _ place: Int, length: Int) {
        let isHidden = place & 1 == 1
        let channel = isHidden ? template.hidden : template.open
        let filler = String(repeating: "x", count: max(1, min(length, 480)))
        let content = (isHidden ? World.secret : "") + filler
        let message =
            #"{"type":"chat_written","channelId":\#(channel),"content":"\#(content)"}"#
        // A denied member's own words are not secret.
        if isHidden, peer.user == Template.member { return }
        peer.sendFrame(1, Array(message.utf8))
    }

    /// The operator changes what the member may see.
    private func hide(_ choice: UInt8) {
        isAlwaysHidden = false
        let operated = Peer(user: Template.admin)
        let value = [-1, 2, 0, 1_000][Int(choice & 3)]
        let body =
            #"{"users":{"\#(template.ids[Template.member])":{"admin":false,"values":"#
            + #"{"channel.view":\#(value)}}},"roles":{}}"#
        operated.send(template.request("PUT", "/api/channels/\(template.hidden)/rights", body))
        turn(arriving: operated, from: .controlSocket)
        operated.breaks = true
        turn()
        extra.removeAll { $0.isClosed }
    }

    @discardableResult
    func connect(_ index: Int, as user: Int) -> Peer {
        let peer = Peer(user: user)
        peers[index]?.breaks = true
        if let old = peers[index], !old.isClosed { extra.append(old) }
        peers[index] = peer
        turn(arriving: peer, from: PeerAddress(high: 0, low: 0xFFFF_0A00_0000 + UInt64(index)))
        return peer
    }

    private func open(_ index: Int, as user: Int, _ query: String) {
        connect(index, as: user).send(
            "GET /client?token=\(template.tokens[user])\(query) HTTP/1.1\r\nHost: x\r\n"
                + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    }

    // MARK: Turns

    /// Peers that lost their place to another.
    private var extra: [Peer] = []

    private var everyone: [Peer] { peers.compactMap { $0 } + extra }

    func turn(arriving newcomer: Peer? = nil, from address: PeerAddress = .controlSocket) {
        server.beginTurn(time)
        if let newcomer {
            if server.mayAccept, let handle = server.accept(from: address, over: .http) {
                newcomer.handle = handle
                network.peers[handle.raw] = newcomer
                if !peers.contains(where: { $0 === newcomer }) { extra.append(newcomer) }
            } else {
                newcomer.isClosed = true
            }
        }
        for peer in everyone where !peer.isClosed { serve(peer) }
        server.finishTurn(&network)
        extra.removeAll { $0.isClosed }
    }

    private func serve(_ peer: Peer) {
        guard let handle = peer.handle else { return }
        if peer.wantsWriting, peer.window > 0 { server.becameWritable(handle) }
        if peer.breaks { return server.didBreak(handle) }
        guard peer.wantsReading, !peer.arriving.isEmpty || peer.ends else { return }
        guard let buffer = server.readBuffer(for: handle) else { return }
        guard !peer.arriving.isEmpty else { return server.didEnd(handle) }
        let count = min(peer.arriving[0].count, buffer.count)
        precondition(count > 0, "a read without room")
        for index in 0..<count { buffer[index] = peer.arriving[0][index] }
        peer.arriving[0].removeFirst(count)
        if peer.arriving[0].isEmpty { peer.arriving.removeFirst() }
        server.didRead(handle, count: count)
    }

    func settle() {
        var rest = 20_000
        while server.waitTime == 0 || everyone.contains(where: \.isEventful) {
            turn()
            rest -= 1
            precondition(rest > 0, "the server spins")
        }
    }

    private func advance(_ milliseconds: Milliseconds) {
        let end = time.monotonic + milliseconds
        while time.monotonic < end {
            let step = min(max(server.waitTime ?? .max, 50), end - time.monotonic)
            time.monotonic += step
            time.wall += step
            turn()
        }
    }

    // MARK: The end

    func finish() {
        for peer in everyone {
            peer.window = .max
            peer.writeLimit = .max
        }
        settle()
        for peer in everyone {
            peer.checkFrames()
            if isAlwaysHidden, peer.user == Template.member {
                precondition(peer.find(World.secret) == nil, "a hidden chat was shown")
            }
            peer.breaks = true
        }
        settle()
        precondition(network.peers.isEmpty, "a connection is left")
    }
}

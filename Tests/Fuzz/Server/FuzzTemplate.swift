import Glibc
import Memory
import ServerCore

/// The data that every input begins with: an administrator, a member from whom one channel is
/// hidden, another who sees both. Made once; each input gets a copy of the file.
final class Template {
    static let shared = Template()
    static let admin = 0, member = 1, other = 2

    private let folder: String
    /// By user; the fourth has none.
    private(set) var tokens = ["", "", "", ""]
    private(set) var ids = ["0", "0", "0", "0"]
    private(set) var open = "0"
    private(set) var hidden = "0"
    private(set) var wallOffset: Int64 = 0
    private var content: [UInt8] = []

    private init() {
        folder = "/dev/shm/concord-fuzz-\(getpid())"
        mkdir(folder, 0o700)
        atexit { Template.shared.remove() }
        make()
    }

    private func make() {
        let path = folder + "/concord.db"
        remove(files: path)
        let world = World(path: path, template: self)
        let name = Array("Community".utf8), password = Array("correct horse".utf8)
        name.withUnsafeBufferPointer { name in
            password.withUnsafeBufferPointer { password in
                try! world.server.perform(
                    FirstStart(
                        communityName: Bytes(base: name.baseAddress!, count: name.count),
                        password: Bytes(base: password.baseAddress!, count: password.count)),
                    at: 1_700_000_000_000)
            }
        }
        world.server.start(at: 1_000)
        for (index, name) in ["admin", "member", "other"].enumerated() {
            let body = #"{"username":"\#(name)","password":"correct horse"}"#
            if index > 0 { ask(world, "POST", "/api/users/register", body) }
            tokens[index] = value("token", in: ask(world, "POST", "/api/tokens", body), isText: true)
            ids[index] = value("id", in: ask(world, "GET", "/api/self", "", as: index))
        }
        open = value("id", in: ask(world, "POST", "/api/channels", #"{"name":"open"}"#))
        hidden = value("id", in: ask(world, "POST", "/api/channels", #"{"name":"hidden"}"#))
        let denied = #"{"admin":false,"values":{"channel.view":-1}}"#
        ask(world, "PUT", "/api/channels/\(hidden)/rights",
            #"{"users":{"\#(ids[Template.member])":\#(denied)},"roles":{}}"#)
        world.finish()
        world.store.close()
        content = read(path)
        wallOffset = 600_000
    }

    /// Sends one request on a connection of its own, and gives the whole answer.
    @discardableResult
    private func ask(
        _ world: World, _ method: String, _ path: String, _ body: String, as user: Int = 0
    ) -> String {
        let peer = world.connect(0, as: user)
        peer.send(request(method, path, body, as: user))
        world.settle()
        let answer = String(decoding: peer.received, as: UTF8.self)
        precondition(answer.hasPrefix("HTTP/1.1 200"), answer)
        return answer
    }

    /// The first value of an attribute.
    private func value(_ name: String, in answer: String, isText: Bool = false) -> String {
        let text = Array(answer.utf8), key = Array((isText ? "\"\(name)\":\"" : "\"\(name)\":").utf8)
        let start = (0..<text.count - key.count).first { text[$0..<$0 + key.count].elementsEqual(key) }!
        let rest = text[(start + key.count)...]
        return String(decoding: rest.prefix { ![0x22, 0x2C, 0x7D].contains($0) }, as: UTF8.self)
    }

    // MARK: Requests

    func request(_ method: String, _ path: String, _ body: String, as user: Int = 0) -> String {
        let authorization = tokens[user].isEmpty ? "" : "Authorization: Bearer \(tokens[user])\r\n"
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        return "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(authorization)\(length)\r\n\(body)"
    }

    /// One of the routes, with ids that exist, and any body.
    func request(_ number: Int, as user: Int, body: [UInt8]) -> [UInt8] {
        let channel = number & 1 == 0 ? open : hidden
        let target = ids[(number >> 1) % 3]
        let routes = [
            "GET /api/channels", "GET /api/channels/\(channel)", "PATCH /api/channels/\(channel)",
            "GET /api/chats?channelId=\(channel)&size=50", "GET /api/chats?query=x%20s",
            "POST /api/channels/\(channel)/chats", "GET /api/users", "GET /api/users/\(target)",
            "PATCH /api/self", "GET /api/self/rights", "PUT /api/users/\(target)/rights",
            "PUT /api/channels/\(channel)/rights", "GET /api/channels/\(channel)/rights",
            "POST /api/roles", "GET /api/roles", "GET /api/server", "PATCH /api/server",
            "POST /api/invites", "GET /api/invites", "DELETE /api/channels/\(channel)",
            "DELETE /api/users/\(target)", "POST /api/tokens", "POST /api/users/register",
            "GET /healthz", "GET /metrics", "PUT /api/self/password", "DELETE /api/self",
            "GET /api/channels/\(channel)/chats/latest", "POST /api/channels",
            "PUT /api/self/avatar", "GET /api/openapi.json", "HEAD /api/users",
        ]
        let route = routes[number % routes.count].split(separator: " ")
        var message = Array("\(route[0]) \(route[1]) HTTP/1.1\r\nHost: x\r\n".utf8)
        if !tokens[user].isEmpty { message += Array("Authorization: Bearer \(tokens[user])\r\n".utf8) }
        if !body.isEmpty { message += Array("Content-Length: \(body.count)\r\n".utf8) }
        return message + Array("\r\n".utf8) + body
    }

    // MARK: Files

    /// A fresh copy of the database; its path.
    func copy() -> String {
        let path = folder + "/concord.db"
        remove(files: path)
        let file = Glibc.open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        precondition(file >= 0 && write(file, content, content.count) == content.count)
        close(file)
        return path
    }

    private func read(_ path: String) -> [UInt8] {
        var status = stat()
        precondition(stat(path, &status) == 0)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let file = Glibc.open(path, O_RDONLY)
        precondition(Glibc.read(file, &bytes, bytes.count) == bytes.count)
        close(file)
        return bytes
    }

    private func remove(files path: String) {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }

    private func remove() {
        remove(files: folder + "/concord.db")
        rmdir(folder)
    }
}

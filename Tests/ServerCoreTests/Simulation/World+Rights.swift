import ServerCore

extension World {
    /// The operator sets what a member's own rights say of seeing a channel. Takes a few turns, and
    /// returns whether it was done.
    @discardableResult
    func setView(_ value: Int, of user: Int64, in channel: Int64) -> Bool {
        let client = connectPlainly(from: .controlSocket)
        client.send(
            "PUT", "/api/channels/\(channel)/rights",
            body: #"{"users":{"\#(user)":{"admin":false,"values":{"channel.view":\#(value)}}},"roles":{}}"#)
        for _ in 0..<3 { turn() }
        client.read()
        client.peer.breaks = true
        turn()
        return client.responses.last?.status == 200
    }
}

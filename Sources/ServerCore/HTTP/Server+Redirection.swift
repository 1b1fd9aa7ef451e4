import HTTP
import Memory

// Requests that came without TLS are sent on to where it is spoken, if the settings want that.
extension Server {
    /// What a device needs before it trusts the server stays where it is, and so does what monitors
    /// ask; a preflight must not be sent on (Fetch, "CORS-preflight fetch"), and the owner's commands
    /// never touch a network.
    func mustRedirect(_ head: RequestHead, _ handle: Handle) -> Bool {
        let connection = connections[handle]
        guard case .http = connection.pointee.scheme, head.method != .options,
            connection.pointee.address != .controlSocket
        else { return false }
        switch try? Resource.named(by: head.path) {
        case .trust, .trustedNames, .trustCheck, .health, .metrics: return false
        default: return true
        }
    }

    /// Answers 308, by which method and body stay what they are (RFC 9110 §15.4.9).
    func redirect(_ head: RequestHead, _ handle: Handle, to port: UInt16) {
        let then = head.body == .none ? after(head, handle) : .close
        let exchange = Exchange(connection: handle, head: head, then: then)
        guard let host = head.hostName else {
            return answer(
                exchange, Failure(.badRequest, "Only https is spoken here, and Host is missing"))
        }
        guard let slot = beginAnswer(exchange) else { return }
        var answer = ResponseHead(
            .permanentRedirect, framing: .length(0), keepAlive: exchange.keepsAlive)
        answer.minorVersion = exchange.minorVersion
        answer.unixTime = hub.now / 1_000
        // The place is as long as the request's head may be: that fits where an error's path does.
        var out = ByteWriter(outputs[slot])
        answer.write(into: &out) { out in
            out.append("Location: https://")
            out.append(host)
            if port != 443 {
                out.append(UInt8(ascii: ":"))
                out.appendDecimal(Int(port))
            }
            out.append(head.path)
            if !head.query.isEmpty {
                out.append(UInt8(ascii: "?"))
                out.append(head.query)
            }
            out.append("\r\n")
        }
        precondition(!out.overflowed)
        connections[handle].pointee.outputStart = 0
        send(exchange, upTo: out.count)
    }
}

extension RequestHead {
    /// The host that was asked for, without a port.
    fileprivate var hostName: Bytes? {
        guard let host, !host.isEmpty else { return nil }
        if host[0] == UInt8(ascii: "[") {
            return host.firstIndex(of: UInt8(ascii: "]")).map { host.prefix($0 + 1) }
        }
        return host.prefix(host.firstIndex(of: UInt8(ascii: ":")) ?? host.count)
    }
}

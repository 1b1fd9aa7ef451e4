import HTTP
import Memory
import Model
import WebSocket

// How a device comes to trust the server: no login is needed, for nothing here is secret.
extension Server {
    /// The page runs its own script alone. It opens a WebSocket to this machine by whatever name
    /// it was reached, which no policy can name.
    private static let pagePolicy: StaticString = """
        default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; \
        connect-src 'self' wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    func showTrust(_ part: TrustPage.Part, _ request: Request) throws(Failure) {
        let page = try existingTrustPage()
        answer(request.exchange, with: page[part], as: part.contentType) { out in
            if case .html = part { out.appendField("Content-Security-Policy", Server.pagePolicy) }
        }
    }

    func showTrustedNames(_ request: Request) throws(Failure) {
        let page = try existingTrustPage()
        answer(request.exchange, as: "application/json", page.writeNames)
    }

    /// Opens a WebSocket, greets and closes it: whoever gets to see that can use others too. It
    /// needs no token, holds no place and listens to nothing.
    func greetWebSocket(_ request: Request) throws(Failure) {
        _ = try existingTrustPage()
        let key = try handshakeKey(request.head)
        let exchange = Exchange(request.exchange, then: .close)
        guard let slot = beginAnswer(exchange) else { return }
        var out = ByteWriter(outputs[slot])
        writeSwitchingProtocols(key, into: &out)
        let greeting = Bytes(#"{"type":"greeting"}"#)
        FrameEncoder.writeHeader(.text, payload: greeting.count, into: &out)
        out.append(greeting)
        FrameEncoder.writeClose(.normal, reason: "", into: &out)
        connections[exchange.connection].pointee.outputStart = 0
        send(exchange, upTo: out.count)
    }

    private func existingTrustPage() throws(Failure) -> TrustPage {
        guard let trustPage else {
            throw Failure(.notFound, "This server has no certificate authority of its own")
        }
        return trustPage
    }
}

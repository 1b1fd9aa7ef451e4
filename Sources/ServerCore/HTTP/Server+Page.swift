import HTTP
import Memory

// The web client: files that are part of the program.
extension Server {
    /// Nothing from elsewhere, no inline script, no frame; text never becomes markup or code,
    /// except that the page may name its own service worker (Trusted Types).
    private static let contentSecurityPolicy: StaticString = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
        connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
        trusted-types concord
        """

    func showPage(_ index: Int, _ request: Request) throws(Failure) {
        let file = page[index]
        if request.head.alreadyHas(entityTag: file.entityTag) {
            return answerNotModified(request.exchange, file.entityTag)
        }
        // To decompress would take memory that is not there, and a second copy of each file more room
        // than the program has. Whoever shows a page knows gzip, also behind a proxy that asks for
        // nothing but identity: RFC 9110 §12.1 allows to answer as if there were no choice. Only a
        // client that says that it does not is told that there is none.
        guard !file.isCompressed || !request.head.rulesOut(coding: "gzip") else {
            throw Failure(.notAcceptable, "This file is only kept compressed with gzip")
        }
        answer(request.exchange, with: file.content, as: nil, caching: .revalidated) { out in
            out.appendField("Content-Type", file.mediaType)
            if file.isCompressed {
                out.appendField("Content-Encoding", "gzip")
                out.appendField("Vary", "Accept-Encoding")
            }
            out.appendField("ETag", file.entityTag)
            if file.isContext {
                out.appendField("Content-Security-Policy", Server.contentSecurityPolicy)
            }
        }
    }

    private func answerNotModified(_ exchange: Exchange, _ entityTag: Bytes) {
        guard let slot = beginAnswer(exchange) else { return }
        var head = ResponseHead(.notModified, framing: .noBody, keepAlive: exchange.keepsAlive)
        head.minorVersion = exchange.minorVersion
        head.caching = .revalidated
        placeHead(&head, in: slot, of: exchange) { $0.appendField("ETag", entityTag) }
        send(exchange, upTo: Server.bodyStart)
    }
}

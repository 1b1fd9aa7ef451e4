import HTTP
import Memory
import Model

// Texts that are part of the program, of any length, through one buffer.
extension Server {
    func showOpenAPI(_ request: Request) {
        answer(request.exchange, with: descriptions.openAPI, as: "application/json")
    }

    func showAsyncAPI(_ request: Request) {
        answer(request.exchange, with: descriptions.asyncAPI, as: "application/json")
    }

    /// Answers with a text that outlives the answer.
    /// - Parameter extra: appends Content-Type, where `type` is nil, and other fields.
    func answer(
        _ exchange: Exchange, with text: Bytes, as type: StaticString?,
        caching: ResponseHead.Caching = .noStore, extra: (inout ByteWriter) -> Void = { _ in }
    ) {
        guard let slot = beginAnswer(exchange) else { return }
        let room = outputs[slot].dropFirst(Server.bodyStart)
        let first = text.prefix(min(text.count, room.count))
        room.copy(first, at: 0)
        var head = ResponseHead(
            .ok, contentType: type, framing: .length(text.count), keepAlive: exchange.keepsAlive)
        head.minorVersion = exchange.minorVersion
        head.caching = caching
        placeHead(&head, in: slot, of: exchange, extra: extra)
        let rest = text.dropFirst(first.count)
        if !rest.isEmpty, !exchange.omitsBody {
            outputs.listing(of: slot).pointee = Listing(source: .text(rest: rest))
        }
        send(exchange, upTo: Server.bodyStart + (exchange.omitsBody ? 0 : first.count))
    }

    /// Fills the buffer with the next piece of a text.
    func refill(_ handle: Handle, _ slot: SlotPool.Slot, with text: Bytes) {
        let piece = text.prefix(min(text.count, outputs[slot].count))
        outputs[slot].copy(piece, at: 0)
        let rest = text.dropFirst(piece.count)
        outputs.listing(of: slot).pointee = rest.isEmpty ? nil : Listing(source: .text(rest: rest))
        refilled(handle, upTo: piece.count)
    }
}

import ConcordProtocol
import HTTP
import JSON
import Memory
import Model
import Storage

// Lists of any length through one buffer.
extension Server {
    /// Answers with a list: whole if it fits into a buffer, else its first piece.
    func list(_ source: Listing.Source, for request: Request) throws(Failure) {
        let exchange = request.exchange
        guard let slot = beginAnswer(exchange) else { return }
        var listing = Listing(source: ownSearch(source, in: slot))
        if let reader = request.admission.user { listing.reader = reader }
        listing.isChunked = exchange.minorVersion >= 1

        // The size line of a first chunk stands where bodies begin.
        let dataStart = Server.bodyStart + ChunkedBody.overhead
        let room = min(
            outputs.bytesEach - dataStart - ChunkedBody.overhead, ChunkedBody.chunkBytesMax)
        var json = JSONWriter(ByteWriter(outputs[slot][dataStart..<dataStart + room]))
        if listing.isObject { json.beginObject() } else { json.beginArray() }
        let isWhole: Bool
        do throws(StorageError) {
            isWhole = try writePiece(of: &listing, into: &json)
        } catch {
            releaseOutput(exchange.connection)
            throw Failure(HubError.storage(error))
        }
        if !isWhole, !source.isSearch {
            do throws(Failure) {
                try charge(.search, request)
            } catch {
                releaseOutput(exchange.connection)
                throw error
            }
        }
        let count = json.bytes.count
        finishListing(exchange, listing, in: slot, count: count, isWhole: isWhole)
    }

    private func finishListing(
        _ exchange: Exchange, _ listing: Listing, in slot: SlotPool.Slot, count: Int, isWhole: Bool
    ) {
        let framing: ResponseHead.Framing =
            isWhole ? .length(count) : listing.isChunked ? .chunked : .untilClose
        var then = exchange.then
        if case .untilClose = framing { then = .close }
        var head = ResponseHead(
            .ok, contentType: "application/json", framing: framing, keepAlive: exchange.keepsAlive)
        head.minorVersion = exchange.minorVersion
        let data = outputs[slot].bytes.dropFirst(Server.bodyStart + ChunkedBody.overhead)
            .prefix(count)
        var body = ByteWriter(outputs[slot].dropFirst(Server.bodyStart))
        if case .chunked = framing {
            let mark = ChunkedBody.beginChunk(in: &body)
            body.append(data)
            ChunkedBody.endChunk(mark, in: &body)
        } else {
            body.append(data)
        }
        placeHead(&head, in: slot, of: exchange)
        if !isWhole, !exchange.omitsBody { outputs.listing(of: slot).pointee = listing }
        let end = Server.bodyStart + (exchange.omitsBody ? 0 : body.count)
        send(Exchange(exchange, then: then), upTo: end)
    }

    /// Fills the buffer, which has been sent, with the next piece. False if there is none.
    func refill(_ handle: Handle, _ slot: SlotPool.Slot) -> Bool {
        guard var listing = outputs.listing(of: slot).pointee else { return false }
        if case .text(let rest) = listing.source {
            refill(handle, slot, with: rest)
            return true
        }
        if case .image(let id, let sent, let length) = listing.source {
            return refill(handle, slot, with: id, sent, length)
        }
        var out = ByteWriter(outputs[slot])
        let mark = listing.isChunked ? ChunkedBody.beginChunk(in: &out) : 0
        let room = out.rest.prefix(
            min(out.free - 2 * ChunkedBody.overhead, ChunkedBody.chunkBytesMax))
        var json = JSONWriter(ByteWriter(room), at: listing.place)
        do throws(StorageError) {
            let isWhole = try writePiece(of: &listing, into: &json)
            out.advance(by: json.bytes.count)
            if listing.isChunked {
                ChunkedBody.endChunk(mark, in: &out)
                if isWhole { out.append(ChunkedBody.lastChunk) }
            }
            outputs.listing(of: slot).pointee = isWhole ? nil : listing
        } catch {
            // The head has gone: only an answer cut short can say that something is wrong.
            log(.error, error.explanation)
            drop(handle)
            return false
        }
        refilled(handle, upTo: out.count)
        return true
    }

    func refilled(_ handle: Handle, upTo end: Int) {
        let connection = connections[handle]
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = end
        timers.set(.write, for: Int(handle.index), now: time.monotonic)
    }

    /// How a piece of a list ended.
    enum PieceEnd {
        case listIsWhole
        /// The next row did not fit.
        case bufferIsFull
        /// The store has looked at enough for one turn.
        case storePaused
    }

    /// Writes rows and, behind the last, the end of the list, for which there may be no room left:
    /// then that is the next piece. True if the list is whole.
    private func writePiece(
        of listing: inout Listing, into json: inout JSONWriter
    ) throws(StorageError) -> Bool {
        guard try write(&listing, into: &json) else { return false }
        return json.fits { $0.end(listing) }
    }

    /// Writes rows; true if the list has come to its end.
    private func write(
        _ listing: inout Listing, into json: inout JSONWriter
    ) throws(StorageError) -> Bool {
        let start = json.bytes.count
        let end: PieceEnd
        switch listing.source {
        case .users(var after):
            end = try writeUsers(after: &after, into: &json)
            listing.source = .users(after: after)
        case .channels(var passed, var depth):
            end = try writeChannels(
                to: listing.reader, passed: &passed, depth: &depth, into: &json)
            listing.source = .channels(passed: passed, depth: depth)
        case .threads(let channel, var after):
            end = try writeThreads(in: channel, after: &after, into: &json)
            listing.source = .threads(in: channel, after: after)
        case .invites(let maker, var after):
            end = try writeInvites(by: maker, after: &after, into: &json)
            listing.source = .invites(by: maker, after: after)
        case .roles(var after):
            end = try writeRoles(after: &after, into: &json)
            listing.source = .roles(after: after)
        case .channelRights(let channel, var areRoles, var after):
            end = try writeRights(in: channel, &areRoles, after: &after, into: &json)
            listing.source = .channelRights(channel, areRoles: areRoles, after: after)
        case .reactions(let chat, var place):
            end = try writeReactions(of: chat, &place, into: &json)
            listing.source = .reactions(chat, place)
        case .chats(let filter, var after, var skip, var remaining):
            end = try writeChats(
                filter, to: listing.reader, after: &after, skip: &skip, remaining: &remaining, into: &json)
            listing.source = .chats(filter, after: after, skip: skip, remaining: remaining)
        case .image, .text: preconditionFailure("they have no rows")
        }
        listing.place = json.place
        switch end {
        case .listIsWhole: return true
        case .storePaused: return false
        case .bufferIsFull:
            // A row that does not fit an empty buffer never will.
            guard json.bytes.count > start else { throw .recordTooLong }
            return false
        }
    }

    private func writeUsers(
        after: inout UserID?, into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        var isWhole = true
        try hub.store.users(after: after, limit: .max) { user in
            isWhole = json.fits { $0.user(user, status: hub.status(of: user)) }
            if isWhole { after = user.id }
            return isWhole
        }
        return isWhole ? .listIsWhole : .bufferIsFull
    }

    private func writeThreads(
        in channel: ChannelID, after: inout ThreadID?, into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        var isWhole = true
        try hub.store.threads(in: channel, after: after) { thread in
            isWhole = json.fits { $0.thread(thread) }
            if isWhole { after = thread.id }
            return isWhole
        }
        return isWhole ? .listIsWhole : .bufferIsFull
    }

    private func writeChannels(
        to reader: UserID, passed: inout Int, depth: inout Int?, into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        var isWhole = true
        try hub.store.channelTree(skip: passed) { channel, channelDepth in
            guard hub.isVisible(channel.id, to: reader) else {
                passed += 1
                return true
            }
            isWhole = json.fits { json in
                json.endChannelTrees(from: depth, to: channelDepth)
                json.beginChannelTree(channel)
            }
            guard isWhole else { return false }
            depth = channelDepth
            passed += 1
            return true
        }
        isWhole = isWhole && json.fits { $0.endChannelTrees(from: depth, to: 0) }
        return isWhole ? .listIsWhole : .bufferIsFull
    }

    private func writeChats(
        _ filter: ChatFilter, to reader: UserID, after: inout ChatPosition?, skip: inout Int,
        remaining: inout Int, into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        var fits = true
        var failure: StorageError?
        let store = hub.store
        let outcome = try store.chats(
            filter, after: after, skip: skip, limit: remaining,
            isVisible: { hub.isVisible($0, to: reader) }
        ) { chat in
            fits = json.fits { json in
                json.chat(chat) { json in failure = json.reactions(of: chat.id, from: store) }
            }
            guard fits, failure == nil else { return false }
            after = ChatPosition(createdAt: chat.createdAt, id: chat.id)
            skip = 0
            remaining -= 1
            return true
        }
        if let failure { throw failure }
        switch outcome {
        case .finished: return fits ? .listIsWhole : .bufferIsFull
        case .paused(let position, let stillToSkip):
            after = position
            skip = stillToSkip
            return .storePaused
        }
    }

    /// Moves a search's text out of the request, which will be gone before the last piece.
    private func ownSearch(
        _ source: Listing.Source, in slot: SlotPool.Slot
    ) -> Listing.Source {
        guard case .chats(var filter, let after, let skip, let remaining) = source,
            let query = filter.query
        else { return source }
        let memory = outputs.search(of: slot)
        memory.copy(query, at: 0)
        filter.query = memory.bytes.prefix(query.count)
        return .chats(filter, after: after, skip: skip, remaining: remaining)
    }
}

extension JSONWriter {
    /// Writes a row whole or not at all.
    mutating func fits(_ row: (inout JSONWriter) -> Void) -> Bool {
        let start = mark
        row(&self)
        guard overflowed else { return true }
        rewind(to: start)
        return false
    }

    fileprivate mutating func end(_ listing: Listing) {
        if listing.isObject { endObject() } else { endArray() }
    }

    /// Closes the trees that are open at `depth` down to, and with, the one at `newDepth`.
    fileprivate mutating func endChannelTrees(from depth: Int?, to newDepth: Int) {
        guard var depth else { return }
        while depth >= newDepth {
            endChannelTree()
            depth -= 1
        }
    }
}

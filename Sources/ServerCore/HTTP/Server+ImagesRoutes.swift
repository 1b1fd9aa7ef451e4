import ConcordProtocol
import HTTP
import JSON
import Memory
import Model
import Pictures
import Storage

// Images in and out (protocol A5): piece by piece between the peer's buffer and the store.
extension Server {
    /// Progress that gives an upload another `request_timeout`, in bytes.
    private static let steadyBytes = 8 * 1_024

    // MARK: - In

    /// Judges the head of an upload before its body is awaited: 403, 411, 415, 503.
    func beginUpload(
        _ handle: Handle, _ head: RequestHead, _ purpose: Upload.Purpose, by user: UserID
    ) throws(Failure) {
        let right: Right = if case .icon = purpose { .manageServer } else { .uploadImages }
        try commanded { hub throws(HubError) in try hub.check(right, of: user) }
        let length: Int
        switch head.body {
        case .length(let announced): length = announced
        case .none: length = 0
        case .chunked:
            throw Failure(.lengthRequired, "The length of an image must be announced")
        }
        guard length > 0 else { throw .notAnImage }
        let address = connections[handle].pointee.address
        let own = uploads.count { other in
            connections[other].pointee.user == user || connections[other].pointee.address == address
        }
        guard own < Uploads.share || address == .controlSocket else {
            throw Failure(
                .serviceUnavailable, "Two images of this member or address are being uploaded", retryAfter: 1_000)
        }
        let upload = Upload(
            connection: handle, image: ImageID(hub.identifiers.next(at: hub.clock)),
            purpose: purpose, declared: try declaredType(head), room: length)
        guard uploads.add(upload) else {
            throw Failure(
                .serviceUnavailable, "Other images are being uploaded", retryAfter: 1_000)
        }
        try commanded { hub throws(HubError) in
            try hub.storing { store throws(StorageError) in
                try store.beginImage(upload.image, length: length)
            }
        }
        uploads[handle]?.turn = turn
    }

    /// nil where the sender leaves it to the bytes themselves.
    private func declaredType(_ head: RequestHead) throws(Failure) -> ImageType? {
        guard let media = head.mediaType, !media.isEmpty,
            !media.equalsIgnoringCase("application/octet-stream")
        else { return nil }
        guard let type = ImageType(mediaType: media) else { throw .notAnImage }
        return type
    }

    /// Stores a piece of the body as it comes, without its metadata.
    func receivePiece(
        _ handle: Handle, _ piece: Bytes, isLast: Bool
    ) throws(Failure) {
        guard var upload = uploads[handle] else { return }
        upload.sinceTimer += piece.count
        upload.turn = turn
        if upload.sinceTimer >= Server.steadyBytes {
            upload.sinceTimer = 0
            timers.set(.request, for: Int(handle.index), now: time.monotonic)
        }
        let begun = upload.keepMagic(of: piece)
        try upload.begin(pixelsMax: options.limits.picturePixelsMax) {
            upload, magic throws(Failure) in
            try clean(magic, of: &upload)
        }
        try clean(piece.dropFirst(begun), of: &upload)
        if isLast { try finish(&upload) }
        uploads[handle] = upload
    }

    private func clean(_ piece: Bytes, of upload: inout Upload) throws(Failure) {
        guard !piece.isEmpty, var cleaner = upload.cleaner else { return }
        var offset = 0
        var isTaken = false
        while !isTaken {
            var out = ByteWriter(scratch)
            do throws(PictureFault) {
                isTaken = try cleaner.read(piece, from: &offset, into: &out)
            } catch {
                throw Failure(error)
            }
            try write(out.bytes, of: upload.image, at: upload.written)
            upload.written += out.count
        }
        upload.cleaner = cleaner
    }

    private func finish(_ upload: inout Upload) throws(Failure) {
        let picture = try upload.finish()
        if let patch = picture.lengthPatch { try write(patch, of: upload.image) }
        if let patch = picture.flagsPatch { try write(patch, of: upload.image) }
    }

    private func write(_ patch: CleanedPicture.Patch, of image: ImageID) throws(Failure) {
        var out = ByteWriter(scratch)
        out.append(littleEndian: patch.value)
        try write(out.bytes, of: image, at: patch.offset)
    }

    private func write(_ bytes: Bytes, of image: ImageID, at offset: Int) throws(Failure) {
        guard !bytes.isEmpty else { return }
        try commanded { hub throws(HubError) in
            try hub.storing { store throws(StorageError) in
                try store.writeImage(image, bytes, at: offset)
            }
        }
    }

    /// Forgets an image of which the rest will not come.
    func abandonUpload(_ handle: Handle) {
        guard let upload = uploads[handle] else { return }
        uploads[handle] = nil
        // If this fails, the next start removes it.
        try? hub.store.deleteImage(upload.image)
    }

    /// The turn was undone, and with it the pieces that it brought.
    func failUploads() {
        while let upload = uploads.first(inTurn: turn) {
            uploads[upload.connection] = nil
            refuse(upload.connection, .storageFailed)
        }
    }

    func setAvatar(_ request: Request, of user: UserID) throws(Failure) {
        let picture = try finishedUpload(request)
        try commanded { hub throws(HubError) in
            try hub.setAvatar(of: user, to: picture, scratch: scratch)
        }
        try showUser(user, request)
    }

    func setIcon(_ request: Request, by user: UserID) throws(Failure) {
        let picture = try finishedUpload(request)
        try commanded { hub throws(HubError) in
            try hub.setIcon(to: picture, by: user, scratch: scratch)
        }
        try showCommunity(request, to: user)
    }

    private func finishedUpload(_ request: Request) throws(Failure) -> ReceivedPicture {
        let handle = request.exchange.connection
        guard let picture = uploads[handle]?.picture else { throw .notAnImage }
        uploads[handle] = nil
        return picture
    }

    // MARK: - Out

    func showImage(_ id: ImageID, _ request: Request) throws(Failure) {
        guard let info = try stored({ store throws(StorageError) in try store.image(id) }) else {
            throw Failure(.notFound, "There is no such image")
        }
        let exchange = request.exchange
        guard let slot = beginAnswer(exchange) else { return }
        let tag = EntityTag(id)
        let isKnown = tag.withBytes { request.head.alreadyHas(entityTag: $0) }
        let room = outputs[slot].dropFirst(Server.bodyStart)
        let count = isKnown || exchange.omitsBody ? 0 : min(info.length, room.count)
        if count > 0 {
            do throws(StorageError) {
                try hub.store.readImage(id, at: 0, into: room.prefix(count))
            } catch {
                releaseOutput(exchange.connection)
                throw Failure(HubError.storage(error))
            }
        }
        var head = ResponseHead(
            isKnown ? .notModified : .ok, contentType: isKnown ? nil : info.type.mediaType,
            framing: isKnown ? .noBody : .length(info.length), keepAlive: exchange.keepsAlive)
        head.minorVersion = exchange.minorVersion
        head.caching = .immutable
        placeHead(&head, in: slot, of: exchange) { out in
            tag.withBytes { out.appendField("ETag", $0) }
        }
        if count > 0, count < info.length {
            outputs.listing(of: slot).pointee = Listing(
                source: .image(id, sent: count, of: info.length))
        }
        send(exchange, upTo: Server.bodyStart + count)
    }

    /// Fills the buffer with the next piece of an image. False if it is gone: the answer ends short.
    func refill(_ handle: Handle, _ slot: SlotPool.Slot, with id: ImageID, _ sent: Int, _ length: Int)
        -> Bool
    {
        let piece = outputs[slot].prefix(min(length - sent, outputs[slot].count))
        do throws(StorageError) {
            try hub.store.readImage(id, at: sent, into: piece)
        } catch {
            drop(handle)
            return false
        }
        let end = sent + piece.count
        outputs.listing(of: slot).pointee =
            end < length ? Listing(source: .image(id, sent: end, of: length)) : nil
        refilled(handle, upTo: piece.count)
        return true
    }
}

/// An image's id in quotes (RFC 9110 §8.8.3): it never names other bytes.
private struct EntityTag {
    private var content = InlineArray<24, UInt8>(repeating: 0)
    private var count = 0

    init(_ id: ImageID) {
        var span = content.mutableSpan
        count = span.withUnsafeMutableBufferPointer { buffer in
            var out = ByteWriter(MutableBytes(base: buffer.baseAddress!, count: buffer.count))
            out.append("\"")
            out.appendDecimal(id.value)
            out.append("\"")
            return out.count
        }
    }

    func withBytes<Result>(_ body: (Bytes) -> Result) -> Result {
        let span = content.span
        return span.withUnsafeBufferPointer { body(Bytes(base: $0.baseAddress!, count: count)) }
    }
}

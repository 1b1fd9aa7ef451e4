import HTTP
import Memory
import Model

/// A request whose head was accepted: what it is for, and by whom it is.
struct Admission {
    let resource: Resource
    /// The bearer of the token, or whom the operator acts as; nil where neither is needed.
    let user: UserID?
}

/// A whole request. All views are into the memory that it was read to.
struct Request {
    let head: RequestHead
    let admission: Admission
    let body: Bytes
    let exchange: Exchange
}

// From bytes to requests: head, judgement, body, and what was left over.
extension Server {
    /// Takes what has come of a request so far, from its first byte on.
    func receiveRequest(_ handle: Handle, _ memory: MutableBytes) {
        let connection = connections[handle]
        if case .readingBody = connection.pointee.phase {
            return receiveBody(handle, memory, admitted: nil)
        }
        if timers.kind(of: Int(handle.index)) != .request {
            timers.set(.request, for: Int(handle.index), now: time.monotonic)
        }
        do throws(HTTPError) {
            guard let (head, length) = try connection.pointee.requestParser.parse(memory.bytes)
            else { return keep(handle, memory) }
            connection.pointee.requestParser = RequestParser(
                headBytesMax: options.limits.headBytesMax)
            accept(handle, head, length, memory)
        } catch {
            refuse(handle, Failure(error))
        }
    }

    /// Judges a complete head before its body is waited for.
    private func accept(
        _ handle: Handle, _ head: RequestHead, _ headLength: Int, _ memory: MutableBytes
    ) {
        let connection = connections[handle]
        connection.pointee.hasAsked = true
        if let port = options.redirectPort, mustRedirect(head, handle) {
            redirect(head, handle, to: port)
            return keepRest(handle, memory, from: headLength)
        }
        do throws(Failure) {
            let admission = try admit(head, from: connection.pointee.address)
            connection.pointee.user = admission.user
            connection.pointee.body = BodyProgress(
                headLength: headLength, decodedCount: 0,
                decoder: try bodyDecoder(head.body, for: admission.resource))
            if let purpose = admission.resource.uploadPurpose, let user = admission.user {
                if let wait = charge(.change, by: user, on: handle) {
                    throw Failure(
                        .tooManyRequests, "Too many changes: wait a moment", retryAfter: wait)
                }
                try beginUpload(handle, head, purpose, by: user)
            }
            connection.pointee.phase = .readingBody
            receiveBody(handle, memory, admitted: (head, admission))
        } catch {
            // Without a body the connection is still in step with its peer.
            let then = head.body == .none ? after(head, handle) : .close
            answer(Exchange(connection: handle, head: head, then: then), error)
            keepRest(handle, memory, from: headLength)
        }
    }

    private func bodyDecoder(
        _ framing: RequestHead.Body, for resource: Resource
    ) throws(Failure) -> BodyDecoder {
        let isImage = resource.uploadPurpose != nil
        let bytesMax = isImage ? options.limits.imageBytesMax : options.limits.bodyBytesMax
        do throws(HTTPError) {
            return try BodyDecoder(framing, bytesMax: bytesMax)
        } catch {
            throw Failure(error)
        }
    }

    /// Decodes the body in place, behind the head, and serves the request when it is whole.
    private func receiveBody(
        _ handle: Handle, _ memory: MutableBytes, admitted: (RequestHead, Admission)?
    ) {
        let connection = connections[handle]
        guard var decoder = connection.pointee.body.decoder else { return }
        let start = connection.pointee.body.headLength + connection.pointee.body.decodedCount
        let region = memory.dropFirst(start)
        var payload = ByteWriter(region)
        let taken: Int
        do throws(HTTPError) {
            taken = try decoder.decode(region.bytes, into: &payload)
        } catch {
            return refuse(handle, Failure(error))
        }
        connection.pointee.body.decoder = decoder
        // A piece of an image goes to the store at once: the room behind the head is free again.
        var kept = 0
        if uploads[handle] != nil {
            do throws(Failure) {
                try receivePiece(handle, payload.bytes, isLast: decoder.isComplete)
            } catch {
                return refuse(handle, error)
            }
        } else {
            kept = payload.count
        }
        connection.pointee.body.decodedCount += kept
        guard decoder.isComplete else {
            if let (head, _) = admitted, head.expectsContinue, payload.count == 0 {
                sendContinue(handle)
            }
            return keep(handle, memory.prefix(start + kept))
        }
        serve(handle, memory, end: start + taken, admitted: admitted)
    }

    private func serve(
        _ handle: Handle, _ memory: MutableBytes, end: Int,
        admitted: (RequestHead, Admission)?
    ) {
        let connection = connections[handle]
        let progress = connection.pointee.body
        let body = memory.bytes[progress.headLength..<progress.headLength + progress.decodedCount]
        do throws(Failure) {
            let (head, admission) =
                if let admitted { admitted } else { try admitAgain(handle, memory) }
            let exchange = Exchange(
                connection: handle, head: head, then: after(head, handle))
            let request = Request(
                head: head, admission: admission, body: body, exchange: exchange)
            // The buffer first: what is done must also be answered.
            guard acquireOutput(handle, isVital: admission.resource.isVital) != nil else {
                return drop(handle)
            }
            do throws(Failure) {
                try chargeChange(request)
                try perform(request)
            } catch {
                answer(exchange, error)
            }
        } catch {
            refuse(handle, error)
        }
        keepRest(handle, memory, from: end)
    }

    /// The head was judged when it came; while the body came, its views have gone stale, and
    /// the token may have been revoked.
    private func admitAgain(
        _ handle: Handle, _ memory: MutableBytes
    ) throws(Failure) -> (RequestHead, Admission) {
        let head: RequestHead
        do throws(HTTPError) {
            var parser = RequestParser(headBytesMax: options.limits.headBytesMax)
            guard let (parsed, _) = try parser.parse(memory.bytes) else {
                throw HTTPError(.badRequest, "The head is incomplete")
            }
            head = parsed
        } catch {
            throw Failure(error)
        }
        return (head, try admit(head, from: connections[handle].pointee.address))
    }

    func after(_ head: RequestHead, _ handle: Handle) -> Connection.AfterAnswer {
        let goesOn = head.keepAlive && !isShuttingDown && !connections[handle].pointee.hasEnded
        return goesOn ? .nextRequest : .close
    }

    /// Keeps an unfinished request until more of it comes.
    private func keep(_ handle: Handle, _ memory: MutableBytes) {
        let connection = connections[handle]
        if connection.pointee.input == nil {
            guard let buffer = acquireInput(handle) else {
                let failure = Failure(
                    .serviceUnavailable, "The server has no free buffer", retryAfter: 1_000)
                return refuse(handle, failure)
            }
            buffer.copy(memory.bytes, at: 0)
        }
        connection.pointee.inputCount = memory.count
    }

    /// Keeps what came behind a request (pipelining) until that is answered.
    private func keepRest(_ handle: Handle, _ memory: MutableBytes, from end: Int) {
        let connection = connections[handle]
        let rest = memory.dropFirst(end)
        switch connection.pointee.phase {
        case .webSocket:
            return receiveFirstFrames(handle, rest)
        case .answering(then: .nextRequest), .hashingPassword:
            guard !rest.bytes.isEmpty else { return releaseInput(handle) }
            guard let buffer = acquireInput(handle) else { return giveUpRest(handle) }
            buffer.copy(rest.bytes, at: 0)
            connection.pointee.inputCount = rest.count
        case .answering, .readingHead, .readingBody, .draining, .closing, .closed:
            releaseInput(handle)
        }
    }

    /// There is no room for the requests behind this one: its answer is the last.
    private func giveUpRest(_ handle: Handle) {
        guard case .answering = connections[handle].pointee.phase else { return drop(handle) }
        connections[handle].pointee.inputCount = 0
        connections[handle].pointee.phase = .answering(then: .close)
    }
}

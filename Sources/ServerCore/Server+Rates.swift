import ConcordProtocol
import HTTP
import Memory
import Model

// What one member may do per minute, over all their connections (protocol D10).
extension Server {
    /// 429 if the member does this too often.
    func charge(_ kind: MemberLimits.Kind, _ request: Request) throws(Failure) {
        guard let user = request.admission.user,
            let wait = charge(kind, by: user, on: request.exchange.connection)
        else { return }
        throw Failure(.tooManyRequests, kind.refusal, retryAfter: wait)
    }

    /// The milliseconds to wait; nil if it is within the rate. The operator has none.
    func charge(
        _ kind: MemberLimits.Kind, by user: UserID, on handle: Handle
    ) -> Milliseconds? {
        guard connections[handle].pointee.address != .controlSocket,
            let wait = memberLimits.charge(
                kind, by: user, at: options.rate(of: kind), now: time.monotonic)
        else { return nil }
        statistics.rateLimited += 1
        return wait
    }

    /// Everything but reading is a change. An image is paid for before it comes.
    func chargeChange(_ request: Request) throws(Failure) {
        guard request.admission.resource.uploadPurpose == nil else { return }
        switch request.head.method {
        case .get, .head, .options: break
        default: try charge(.change, request)
        }
    }
}

extension ServerOptions {
    func rate(of kind: MemberLimits.Kind) -> Rate {
        switch kind {
        case .change: changeRate
        case .mark: markRate
        case .search: searchRate
        }
    }
}

extension UserID.Kind {
    fileprivate var refusal: StaticString {
        switch self {
        case .change: "Too many changes: wait a moment"
        case .mark: "Too many marks: wait a moment"
        case .search: "Too many searches: wait a moment"
        }
    }
}

extension Listing.Source {
    /// It is paid for before it begins; other lists when they turn out to be long.
    var isSearch: Bool {
        if case .chats(let filter, _, _, _) = self { filter.query != nil } else { false }
    }
}

extension ClientMessage {
    var kind: MemberLimits.Kind {
        switch self {
        case .chatTyping: .mark
        case .chatWritten, .chatReaction: .change
        }
    }
}

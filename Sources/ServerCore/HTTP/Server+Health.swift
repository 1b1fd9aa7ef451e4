import HTTP
import JSON
import Memory
import Model
import Storage

// What monitoring asks (protocol C9).
extension Server {
    /// 200 while the server does its work, 503 while it cannot store anything. After a failure it
    /// tries again: the answer is taken back if the commit of its turn fails too.
    func showHealth(_ request: Request) throws(Failure) {
        if lastCommitFailed {
            try stored { store throws(StorageError) in try store.touch() }
        }
        answer(request.exchange) { json in
            json.beginObject()
            json.member("status", "ok")
            json.endObject()
        }
    }

    public var canStore: Bool { !lastCommitFailed }

    /// The end of the turn commits the attempt and so learns how it went.
    public func tryToStoreAgain() {
        if lastCommitFailed { try? hub.store.touch() }
    }

    /// The figures in Prometheus' text format. They name no one, but tell how busy the place
    /// is: so strangers see them only if the setting says so.
    func showMetrics(_ request: Request) throws(Failure) {
        let address = connections[request.exchange.connection].pointee.address
        guard options.metrics.isShown(to: address) else {
            throw Failure(.notFound, "There is nothing at this address")
        }
        answer(request.exchange, as: "text/plain; version=0.0.4; charset=utf-8") { out in
            writeMetrics(into: &out)
        }
    }
}

/// Who may read `/metrics`.
public enum MetricsAccess {
    case off
    /// Programs on this machine.
    case local
    case open

    func isShown(to address: PeerAddress) -> Bool {
        switch self {
        case .off: false
        case .local: address.isOfThisMachine
        case .open: true
        }
    }
}

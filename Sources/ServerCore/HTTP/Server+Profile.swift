import ConcordProtocol
import HTTP
import JSON
import Memory
import Model
import Storage
import WebSocket

// One's own account, and what those who manage users do to others' (protocol C5, C6).
extension Server {
    func ownUser(_ request: Request, _ user: UserID) throws(Failure) {
        switch request.head.method {
        case .patch: try changeProfile(request, of: user)
        case .delete: try removeOwnAccount(request, user)
        default: try showUser(user, request)
        }
    }

    private func changeProfile(_ request: Request, of user: UserID) throws(Failure) {
        let change = try decoded { () throws(AttributeError) in
            try ProfileChange.decode(request.body, limits: options.limits, scratch: scratch)
        }
        try commanded { hub throws(HubError) in try hub.changeProfile(of: user, change) }
        try showUser(user, request)
    }

    func setStatus(_ request: Request, of user: UserID) throws(Failure) {
        let status = try decoded { () throws(AttributeError) in
            try StatusChoice.decode(request.body, scratch: scratch)
        }
        try commanded { hub throws(HubError) in try hub.setStatus(of: user, to: status) }
        try showUser(user, request)
    }

    func removeUser(_ id: UserID, _ request: Request, by user: UserID) throws(Failure) {
        try commanded { hub throws(HubError) in try hub.checkMayManage(id, by: user) }
        try endAccount(id)
        answerEmpty(request.exchange)
    }

    /// Ends an account and what it has open. The first one's password is nobody's any more.
    func endAccount(_ id: UserID) throws(Failure) {
        let oldest = try stored { store throws(StorageError) in try store.oldestUser() }
        try commanded { hub throws(HubError) in try hub.removeUser(id) }
        if id == oldest { initialPasswordIsVoid = true }
        closeWebSockets(of: id)
    }

    func revokeTokens(of id: UserID, _ request: Request, by user: UserID) throws(Failure) {
        try commanded { hub throws(HubError) in
            if id != user { try hub.checkMayManage(id, by: user) }
            try hub.revokeTokens(of: id)
        }
        closeWebSockets(of: id)
        answerEmpty(request.exchange)
    }

    /// Ends what was opened with tokens that are void now.
    func closeWebSockets(of user: UserID, sparing spared: TokenMark? = nil) {
        forEachWebSocket { handle in
            let peer = connections[handle].pointee.peer
            guard peer.user == user, spared == nil || peer.token != spared else { return }
            closeWebSocket(handle, .tokenExpired, "the token was revoked")
        }
    }
}

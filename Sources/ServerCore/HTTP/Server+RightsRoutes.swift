import ConcordProtocol
import HTTP
import JSON
import Memory
import Model
import Storage

// Roles and rights (protocol C6). What was changed is answered as it stands.
extension Server {
    func userRoles(_ id: UserID, _ request: Request, by user: UserID) throws(Failure) {
        if request.head.method == .put {
            let roles = try decoded { () throws(AttributeError) in
                try RoleList.decode(request.body)
            }
            try commanded { hub throws(HubError) in try hub.setRoles(roles, of: id, by: user) }
        } else {
            try checkMayRead(id, by: user)
        }
        try answerRoles(of: id, request)
    }

    private func answerRoles(of id: UserID, _ request: Request) throws(Failure) {
        var failure: StorageError?
        let store = hub.store
        answer(request.exchange) { json in
            json.beginObject()
            json.key("roleIds")
            json.beginArray()
            do throws(StorageError) {
                try store.roles(of: id) { role in
                    json.integer(role.value)
                    return true
                }
            } catch {
                failure = error
            }
            json.endArray()
            json.endObject()
        }
        try check(failure, request.exchange)
    }

    func userRights(_ id: UserID, _ request: Request, by user: UserID) throws(Failure) {
        if request.head.method == .put {
            let rights = try decoded { () throws(AttributeError) in
                try Rights.decode(request.body, scratch: scratch)
            }
            try commanded { hub throws(HubError) in
                try hub.setRights(rights, ofUser: id, by: user)
            }
        } else {
            try checkMayRead(id, by: user)
        }
        let rights = try stored { store throws(StorageError) in
            try store.rights(givenTo: id.value, in: nil)
        }
        answer(request.exchange) { $0.rights(rights) }
    }

    /// What is given to a user, the user may know, and those who manage users.
    private func checkMayRead(_ id: UserID, by user: UserID) throws(Failure) {
        guard id != user else { return }
        try commanded { hub throws(HubError) in try hub.check(.manageUsers, of: user) }
        guard try stored({ store throws(StorageError) in try store.account(id) }) != nil else {
            throw Failure(.notFound, "There is no such user")
        }
    }

    func channelRights(_ id: ChannelID, _ request: Request, by user: UserID) throws(Failure) {
        if request.head.method == .put {
            let body = try decoded { () throws(AttributeError) in
                try ChannelRightsBody.decode(request.body, scratch: scratch)
            }
            try commanded { hub throws(HubError) in
                try hub.setRights(body, in: id, by: user, scratch: scratch)
            }
        } else {
            try commanded { hub throws(HubError) in
                try hub.check(.manageChannels, of: user, in: id)
            }
        }
        try list(.channelRights(id, areRoles: false, after: nil), for: request)
    }

    /// What comes of all that is given, everywhere and in the channel, for the one who asks: also
    /// to those who may not read what is given to whom.
    func showOwnRights(
        in channel: ChannelID, _ request: Request, _ user: UserID
    ) throws(Failure) {
        let held = try commanded { hub throws(HubError) in
            try hub.checkVisible(channel, to: user)
            return try hub.standing(of: user, in: channel).rights
        }
        answer(request.exchange) { $0.rights(Rights(saying: held)) }
    }

    func roles(_ request: Request, by user: UserID) throws(Failure) {
        guard request.head.method == .post else { return try list(.roles(after: nil), for: request) }
        let body = try roleBody(request)
        let name = try decoded { () throws(AttributeError) in try body.requiredName() }
        let role = try commanded { hub throws(HubError) in
            try hub.createRole(body, name: name, by: user)
        }
        try answer(request.exchange, with: role)
    }

    func role(_ id: RoleID, _ request: Request, by user: UserID) throws(Failure) {
        guard request.head.method == .patch else {
            try commanded { hub throws(HubError) in try hub.deleteRole(id, by: user) }
            return answerEmpty(request.exchange)
        }
        let body = try roleBody(request)
        let role = try commanded { hub throws(HubError) in
            try hub.changeRole(id, body, by: user)
        }
        try answer(request.exchange, with: role)
    }

    private func roleBody(_ request: Request) throws(Failure) -> RoleBody {
        try decoded { () throws(AttributeError) in
            try RoleBody.decode(request.body, limits: options.limits, scratch: scratch)
        }
    }

    private func answer(_ exchange: Exchange, with role: Role) throws(Failure) {
        let rights = try stored { store throws(StorageError) in
            try store.rights(givenTo: role.id.value, in: nil)
        }
        answer(exchange) { $0.role(role, rights: rights) }
    }

    /// An answer that could not be read from the store is no answer.
    private func check(_ failure: StorageError?, _ exchange: Exchange) throws(Failure) {
        guard let failure else { return }
        releaseOutput(exchange.connection)
        throw Failure(HubError.storage(failure))
    }
}

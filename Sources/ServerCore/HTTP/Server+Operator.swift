import ConcordProtocol
import HTTP
import JSON
import Memory
import Model
import Storage

// What the operator may ask beside all else, over the control socket alone. The commands of the
// terminal are made of these and of the REST interface; the public description knows none of them.
//
//     PUT  /control/users/{id}/password {newPassword}: empty; 400, 404
//     POST /control/channels/{id}/chats?authorId={id} {content, …}: Chat; as POST …/chats, by
//          that user
//
// Without a token the operator acts as the oldest administrator, so that each rule of the hub
// holds here too; who registers somebody needs no invite, and registration need not be open.
extension Server {
    /// Whom the operator acts as.
    func operatorsUser() throws(Failure) -> UserID {
        let oldest = try stored { store throws(StorageError) in try store.oldestAdministrator() }
        guard let oldest else {
            throw Failure(.forbidden, "There is no administrator to act as")
        }
        return oldest
    }

    /// Gives a user a new password. All tokens of that user are void, and what they opened ends.
    func setPassword(of id: UserID, _ request: Request, by user: UserID) throws(Failure) {
        let change = try decoded { () throws(AttributeError) in
            try PasswordChange.decode(request.body, limits: options.limits, scratch: scratch)
        }
        try commanded { hub throws(HubError) in try hub.checkMayManage(id, by: user) }
        try enqueue(
            .newPassword(
                by: PasswordQueue.Bearer(user: id, token: nil, generation: 0), replaced: nil),
            PasswordQueue.Texts(password: change.new), newHashParameters(), request)
    }

    /// Writes a chat in somebody's name, where they may write.
    func postChatOfAnyone(
        _ request: Request, in channel: ChannelID, by user: UserID
    ) throws(Failure) {
        try postChat(request, in: channel, by: try author(request.head.query) ?? user)
    }

    private func author(_ query: Bytes) throws(Failure) -> UserID? {
        var parameters = QueryParameters(query)
        while let (name, value) = parameters.next() {
            guard name == "authorId" else { continue }
            guard let id = decimalInteger(value) else {
                throw Failure(.badRequest, "authorId must be an integer")
            }
            let account = try stored { store throws(StorageError) in
                try store.account(UserID(id))
            }
            guard account != nil else { throw Failure(.notFound, "There is no such user") }
            return UserID(id)
        }
        return nil
    }
}

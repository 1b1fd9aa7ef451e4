import Memory
import Model
import Storage

// Who may do what, where (protocol B1).
extension Hub {
    /// How a member stands in a channel, also in one that was deleted, whose last events are
    /// still on their way. Nothing is allowed where the member may not see it, or one above it.
    mutating func standing(
        of user: UserID, in channel: ChannelID
    ) throws(HubError) -> Standing {
        if let known = rightsMemo.standing(of: user, in: channel) { return known }
        let place = try storing { store throws(StorageError) in try store.place(of: channel) }
        var standing = Standing(rights: .none, exists: place?.exists ?? false)
        if let place, try isReachable(place.parent, by: user) {
            let sums = try storing { store throws(StorageError) in
                try store.rightsSums(of: user, in: channel)
            }
            let rights = EffectiveRights(sums: sums)
            if rights.allows(.viewChannel) { standing.rights = rights }
        }
        rightsMemo.learn(standing, of: user, in: channel)
        return standing
    }

    private mutating func isReachable(
        _ parent: ChannelID?, by user: UserID
    ) throws(HubError) -> Bool {
        guard let parent else { return true }
        return try standing(of: user, in: parent).rights.allows(.viewChannel)
    }

    /// What a member may do everywhere.
    mutating func rights(of user: UserID) throws(HubError) -> EffectiveRights {
        let sums = try storing { store throws(StorageError) in
            try store.rightsSums(of: user, in: nil)
        }
        return EffectiveRights(sums: sums)
    }

    /// A channel that a member cannot see does not exist for that member.
    mutating func checkVisible(_ channel: ChannelID, to user: UserID) throws(HubError) {
        guard try sees(channel, user) else {
            throw .notFound("There is no such channel")
        }
    }

    /// A right in a channel; that the channel exists is checked first.
    mutating func check(
        _ right: Right, of user: UserID, in channel: ChannelID
    ) throws(HubError) {
        let standing = try standing(of: user, in: channel)
        guard standing.isVisible else { throw .notFound("There is no such channel") }
        guard standing.rights.allows(right) else { throw .forbidden(right.refusal) }
    }

    /// A right that holds for the whole server.
    mutating func check(_ right: Right, of user: UserID) throws(HubError) {
        guard try rights(of: user).allows(right) else { throw .forbidden(right.refusal) }
    }

    /// Whether a member belongs to an audience. If the store fails, nobody does.
    mutating func belongs(_ user: UserID, to audience: Audience) -> Bool {
        switch audience {
        case .everyone: true
        case .viewers(let channel): canView(channel, user)
        case .nonViewers(let channel): !canView(channel, user)
        case .member(let member): member == user
        }
    }

    private mutating func canView(_ channel: ChannelID, _ user: UserID) -> Bool {
        guard hidesAnything else { return true }
        return (try? standing(of: user, in: channel))?.rights.allows(.viewChannel) ?? false
    }

    /// Whether a member may learn of a channel. If the store fails, nobody may.
    mutating func isVisible(_ channel: ChannelID, to user: UserID) -> Bool {
        (try? sees(channel, user)) ?? false
    }

    /// While no rule hides any channel, a channel that exists is visible: no sums are needed.
    private mutating func sees(_ channel: ChannelID, _ user: UserID) throws(HubError) -> Bool {
        guard hidesAnything else {
            let place = try storing { store throws(StorageError) in try store.place(of: channel) }
            return place?.exists ?? false
        }
        return try standing(of: user, in: channel).isVisible
    }

    /// The same audience, as everyone where that comes to the same: what goes to everyone costs
    /// nothing to decide.
    mutating func narrowed(_ audience: Audience) throws(HubError) -> Audience {
        switch audience {
        case .everyone, .member: return audience
        case .nonViewers: return hidesAnything ? audience : .everyone
        case .viewers(let channel):
            guard hidesAnything, try mayBeHidden(channel) else { return .everyone }
            return audience
        }
    }

    private mutating func mayBeHidden(_ channel: ChannelID) throws(HubError) -> Bool {
        if let known = rightsMemo.mayBeHidden(channel) { return known }
        let mayBeHidden = try storing { store throws(StorageError) in
            try store.mayBeHidden(channel)
        }
        rightsMemo.learn(mayBeHidden: mayBeHidden, channel)
        return mayBeHidden
    }

    /// To be called after every change of rights, roles, or the tree of channels.
    mutating func rightsChanged() throws(HubError) {
        rightsMemo.forgetAll()
        hidesAnything = try storing { store throws(StorageError) in try store.hidesAnything() }
    }
}

extension Right {
    /// What a member is told who does not hold it.
    var refusal: StaticString {
        switch self {
        case .viewChannel: "You may not see this channel"
        case .sendChats: "You may not write in this channel"
        case .react: "You may not react in this channel"
        case .createThreads: "You may not begin threads in this channel"
        case .uploadImages: "You may not upload images"
        case .deleteChats: "You may not delete other people's chats"
        case .manageChannels: "You may not create, change or delete channels here"
        case .manageServer: "You may not change the server"
        case .manageUsers: "You may not manage users"
        case .manageRoles: "You may not manage roles"
        case .createInvites: "You may not create invites"
        }
    }
}

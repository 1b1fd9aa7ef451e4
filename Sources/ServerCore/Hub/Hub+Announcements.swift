import ConcordProtocol
import JSON
import Memory
import Model
import Storage

// What everyone is told after a member or the community has changed.
extension Hub {
    /// Announces a member's profile as it is now (`user_updated`).
    mutating func announceProfile(of id: UserID) throws(HubError) {
        let user = try storing { store throws(StorageError) in try store.user(id) }
        guard let user else { throw .notFound("There is no such user") }
        let status = status(of: user)
        try broadcastStored(to: .everyone) { json, event in
            json.userUpdated(user, status: status, event: event)
        }
    }

    /// Announces the community as it is now (`server_updated`). Where its default channel is
    /// hidden from some, they are told of one without.
    mutating func announceCommunity() throws(HubError) {
        let community = try storing { store throws(StorageError) in try store.community() }
        guard let community else { throw .notFound("There is no community yet") }
        guard let channel = community.defaultChannel,
            try narrowed(.viewers(channel)) != .everyone
        else {
            return try broadcastStored(to: .everyone) { json, event in
                json.serverUpdated(community, event: event)
            }
        }
        try broadcastStored(to: .viewers(channel)) { json, event in
            json.serverUpdated(community, event: event)
        }
        var withoutChannel = community
        withoutChannel.defaultChannel = nil
        try broadcastStored(to: .nonViewers(channel)) { json, event in
            json.serverUpdated(withoutChannel, event: event)
        }
    }
}

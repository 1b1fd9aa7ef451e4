import ConcordProtocol
import JSON
import Memory
import Model
import Storage

// Changing, moving and deleting channels, and the community that they belong to.
extension Hub {
    /// Changes a channel. If it moves, the siblings that it leaves are renumbered too.
    mutating func changeChannel(
        _ id: ChannelID, _ change: ChannelChange, by user: UserID
    ) throws(HubError) {
        try reserve(events: 1)
        try check(.manageChannels, of: user, in: id)
        let old = try existingChannel(id)
        if let name = change.name { try judge(name, instead: old.name) }
        let parent = change.parent.applied(to: old.parent)
        let moves = parent != old.parent
        if moves { try checkMove(of: id, to: parent, by: user) }
        let channel = try existingChannel(id)
        var changed = channel
        changed.parent = parent
        changed.ordinality = change.ordinality ?? channel.ordinality
        changed.name = change.name ?? channel.name
        changed.description = change.description.applied(to: channel.description)
        changed.capabilities = change.capabilities ?? channel.capabilities
        func update(_ store: Store) throws(StorageError) { try store.updateChannel(changed) }
        if moves, try beginJudgementOfAll(below: id, by: user) {
            try concludeJudgement(for: .everyone, moving: id, update)
        }
        try storing(update)
        if moves {
            try rightsChanged()
            if hidesAnything { whoseViewChanged = .everyones }
            try renumberSiblings(under: channel.parent, newcomer: nil)
        }
        try renumberSiblings(under: parent, newcomer: id)
        let final = try existingChannel(id)
        try broadcastStored(to: .viewers(id)) { json, event in
            json.channelsUpdated(final, event: event)
        }
    }

    /// The member may manage both places, and the channel does not come to lie below itself or
    /// too deep.
    private mutating func checkMove(
        of channel: ChannelID, to parent: ChannelID?, by user: UserID
    ) throws(HubError) {
        guard let parent else { return try check(.manageChannels, of: user) }
        let extent = try storing { store throws(StorageError) in
            try store.extent(of: channel)
        }
        var ancestor: ChannelID? = parent
        for _ in 0...Limits.channelDepthMax {
            guard let id = ancestor else { break }
            guard id != channel else {
                throw .invalid(
                    attribute: "parentChannelId", rule: "is the channel itself or lies below it")
            }
            ancestor = try storing { store throws(StorageError) in try store.place(of: id) }?.parent
        }
        try checkParent(parent, for: user, levelsBelow: extent.height)
    }

    /// Deletes a channel and all below it, deepest first, each announced.
    mutating func deleteChannel(_ id: ChannelID, by user: UserID) throws(HubError) {
        try check(.manageChannels, of: user, in: id)
        _ = try beginJudgementOfAll(below: id, by: user)
        let extent = try storing { store throws(StorageError) in try store.extent(of: id) }
        guard ring.hasRoom(forPayload: extent.count * Hub.deletionBytes + eventBytes) else {
            throw .busy
        }
        let community = try storing { store throws(StorageError) in try store.community() }
        var losesDefault = false
        var failure: HubError?
        let store = store
        do throws(StorageError) {
            try store.channels(from: id) { channel in
                do throws(HubError) {
                    try deleteOne(channel)
                } catch {
                    failure = error
                }
                losesDefault = losesDefault || channel == community?.defaultChannel
                return failure == nil
            }
        } catch {
            throw failed(error)
        }
        if let failure { throw failure }
        if losesDefault {
            try storing { store throws(StorageError) in try store.setDefaultChannel(nil) }
            try announceCommunity()
        }
        hasPurgeWork = true
        try rightsChanged()
    }

    /// A `channel_deleted` with the longest numbers, and its frame's header.
    private static let deletionBytes = 96

    private mutating func deleteOne(_ channel: ChannelID) throws(HubError) {
        try broadcastStored(to: .viewers(channel)) { json, event in
            json.channelDeleted(channel, event: event)
        }
        let event = newestEvent
        try storing { store throws(StorageError) in
            try store.deleteChannel(channel, event: event)
        }
    }

    /// A slice of clearing away what deleted channels held. What fails is tried again after
    /// the next deletion or start: a full disk must not keep the loop busy.
    mutating func purge() {
        guard hasPurgeWork else { return }
        hasPurgeWork = store.purgeDeletedChannels(limit: Hub.purgedPerTurn)
    }

    /// Chats that are cleared away in one turn: about a millisecond's work.
    private static let purgedPerTurn = 16

    mutating func changeCommunity(
        _ change: CommunityChange, by user: UserID
    ) throws(HubError) {
        try reserve(events: 2)
        try check(.manageServer, of: user)
        if case .set(let channel?) = change.defaultChannel {
            guard try standing(of: user, in: channel).isVisible else {
                throw .invalid(attribute: "defaultChannelId", rule: "is not a channel")
            }
        }
        let community = try storing { store throws(StorageError) in try store.community() }
        guard let community else { throw .notFound("There is no community yet") }
        if let name = change.name { try judge(name, instead: community.name) }
        var changed = community
        changed.name = change.name ?? community.name
        changed.description = change.description ?? community.description
        changed.defaultChannel = change.defaultChannel.applied(to: community.defaultChannel)
        guard changed != community else { return }
        try storing { store throws(StorageError) in try store.updateCommunity(changed) }
        try announceCommunity()
    }
}

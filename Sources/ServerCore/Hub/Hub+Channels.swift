import ConcordProtocol
import JSON
import Memory
import Model
import Storage

extension Hub {
    /// Makes a channel, renumbers its siblings, and tells everyone of each that changed.
    mutating func createChannel(
        _ new: NewChannel, by user: UserID
    ) throws(HubError) -> ChannelID {
        try reserve(events: 1)
        if let parent = new.parent { try checkParent(parent, for: user) } else {
            try check(.manageChannels, of: user)
        }
        try judge(new.name)
        let count = try storing { store throws(StorageError) in try store.channelCount() }
        guard count < Limits.channelsMax else {
            throw .forbidden("There are as many channels as this server keeps")
        }
        let id = ChannelID(identifiers.next(at: clock))
        let channel = Channel(
            id: id, parent: new.parent, ordinality: new.ordinality, name: new.name,
            description: new.description, capabilities: new.capabilities, createdAt: now,
            createdBy: user)
        try storing { store throws(StorageError) in try store.createChannel(channel) }
        try rightsChanged()
        try renumberSiblings(under: new.parent, newcomer: id)
        let created = try existingChannel(id)
        try broadcastStored(to: .viewers(id)) { json, event in
            json.channelCreated(created, event: event)
        }
        return id
    }

    /// Numbers the children of a parent, and announces every one whose number has changed but
    /// for the newcomer, which has its own announcement.
    mutating func renumberSiblings(
        under parent: ChannelID?, newcomer: ChannelID?
    ) throws(HubError) {
        let store = store
        var failure: HubError?
        do throws(StorageError) {
            try store.renumberSiblings(of: parent, newcomer: newcomer) { sibling in
                guard sibling.id != newcomer, failure == nil else { return }
                do throws(HubError) {
                    try broadcastStored(to: .viewers(sibling.id)) { json, event in
                        json.channelsUpdated(sibling, event: event)
                    }
                } catch {
                    failure = error
                }
            }
        } catch {
            throw failed(error)
        }
        if let failure { throw failure }
    }

    /// The member may put channels below this one, which lies not so deep that a tree's closing
    /// brackets outgrow a buffer.
    mutating func checkParent(
        _ parent: ChannelID, for user: UserID, levelsBelow: Int = 0
    ) throws(HubError) {
        guard try standing(of: user, in: parent).isVisible else {
            throw .invalid(attribute: "parentChannelId", rule: "is not a channel")
        }
        try check(.manageChannels, of: user, in: parent)
        var ancestor: ChannelID? = parent
        for _ in 0..<Limits.channelDepthMax - levelsBelow {
            guard let id = ancestor else { return }
            ancestor = try storing { store throws(StorageError) in try store.place(of: id) }?.parent
        }
        guard ancestor == nil else {
            throw .invalid(attribute: "parentChannelId", rule: "is nested too deeply")
        }
    }
}

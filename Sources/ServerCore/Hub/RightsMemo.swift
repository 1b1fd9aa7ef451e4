import Memory
import Model

/// What a member may do in a channel, and whether it is still there.
struct Standing: BitwiseCopyable {
    var rights: EffectiveRights
    var exists: Bool

    /// The member may learn of the channel and what is in it.
    var isVisible: Bool { exists && rights.allows(.viewChannel) }
}

/// What members may do in channels, as far as it was asked lately: each pair of them has one
/// place that it shares with others, and whatever is not here is worked out again.
/// Every change of rights, roles or channels empties it.
struct RightsMemo: ~Copyable {
    private struct Entry {
        var user: Int64 = 0
        var channel: Int64 = 0
        var standing = Standing(rights: .none, exists: false)
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int

    init(connections: Int) {
        capacity = RightsMemo.capacity(connections: connections)
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
    }

    deinit { entries.deallocate() }

    /// One place for each member who may be here, within reason: all of it is touched. A power
    /// of two.
    private static func capacity(connections: Int) -> Int {
        var capacity = 1_024
        while capacity < min(connections, 8_192) { capacity <<= 1 }
        return capacity
    }

    static func bytes(connections: Int) -> Int {
        capacity(connections: connections) * MemoryLayout<Entry>.stride
    }

    /// Nil if it is not known.
    func standing(of user: UserID, in channel: ChannelID) -> Standing? {
        let entry = entries[index(user, channel)]
        guard entry.user == user.value, entry.channel == channel.value else { return nil }
        return entry.standing
    }

    func learn(_ standing: Standing, of user: UserID, in channel: ChannelID) {
        entries[index(user, channel)] = Entry(
            user: user.value, channel: channel.value, standing: standing)
    }

    func forgetAll() { entries.update(repeating: Entry(), count: capacity) }

    private func index(_ user: UserID, _ channel: ChannelID) -> Int {
        let mixed =
            UInt64(bitPattern: user.value) &* 0x9E37_79B9_7F4A_7C15
            ^ UInt64(bitPattern: channel.value) &* 0xC2B2_AE3D_27D4_EB4F
        return Int(truncatingIfNeeded: mixed >> 32) & (capacity - 1)
    }
}

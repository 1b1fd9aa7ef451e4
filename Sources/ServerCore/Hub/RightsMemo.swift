import Memory
import Model

/// What a member may do in a channel, and whether it is still there.
struct Standing: BitwiseCopyable {
    var rights: EffectiveRights
    var exists: Bool

    /// The member may learn of the channel and what is in it.
    var isVisible: Bool { exists && rights.allows(.viewChannel) }
}

/// What members may do in channels, and which channels are hidden from any, as far as it was asked
/// lately: each pair of them, and each channel, has one place that it shares with others, and
/// whatever is not here is worked out again. Every change of rights, roles or channels empties it.
struct RightsMemo: ~Copyable {
    private struct Entry {
        var user: Int64 = 0
        var channel: Int64 = 0
        var standing = Standing(rights: .none, exists: false)
    }

    private struct Channel {
        var channel: Int64 = 0
        var mayBeHidden = false
    }

    private static let channelCount = 256
    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private let channels: UnsafeMutablePointer<Channel>

    init(connections: Int) {
        capacity = RightsMemo.capacity(connections: connections)
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
        channels = .allocate(capacity: Self.channelCount)
        channels.initialize(repeating: Channel(), count: Self.channelCount)
    }

    deinit {
        entries.deallocate()
        channels.deallocate()
    }

    /// One place for each member who may be here, within reason: all of it is touched. A power
    /// of two.
    private static func capacity(connections: Int) -> Int {
        var capacity = 1_024
        while capacity < min(connections, 8_192) { capacity <<= 1 }
        return capacity
    }

    static func bytes(connections: Int) -> Int {
        capacity(connections: connections) * MemoryLayout<Entry>.stride
            + channelCount * MemoryLayout<Channel>.stride
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

    /// Whether anything speaks against anyone's seeing a channel. Nil if it is not known.
    func mayBeHidden(_ channel: ChannelID) -> Bool? {
        let entry = channels[index(channel)]
        return entry.channel == channel.value ? entry.mayBeHidden : nil
    }

    func learn(mayBeHidden: Bool, _ channel: ChannelID) {
        channels[index(channel)] = Channel(channel: channel.value, mayBeHidden: mayBeHidden)
    }

    func forgetAll() {
        entries.update(repeating: Entry(), count: capacity)
        channels.update(repeating: Channel(), count: Self.channelCount)
    }

    private func index(_ user: UserID, _ channel: ChannelID) -> Int {
        let both = UInt64(bitPattern: user.value) &* 0x9E37_79B9_7F4A_7C15 ^ mixed(channel)
        return Int(truncatingIfNeeded: both >> 32) & (capacity - 1)
    }

    private func index(_ channel: ChannelID) -> Int {
        Int(truncatingIfNeeded: mixed(channel) >> 32) & (Self.channelCount - 1)
    }

    private func mixed(_ channel: ChannelID) -> UInt64 {
        UInt64(bitPattern: channel.value) &* 0xC2B2_AE3D_27D4_EB4F
    }
}

import Model

/// The channels that were written to lately, each with the earliest moment that its next chat
/// may bear: asked for every message, and known from the message before. A row of memory
/// in which each channel has one slot that it shares with others; what is not here is asked of
/// the database.
struct KnownChannels: ~Copyable {
    private struct Slot {
        var channel: ChannelID?
        var earliest: Milliseconds = 0
    }

    private static let slotCount = 256
    static let bytes = slotCount * MemoryLayout<Slot>.stride
    private let slots: UnsafeMutablePointer<Slot>

    init() {
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: Slot(), count: Self.slotCount)
    }

    deinit { slots.deallocate() }

    /// Nil if nothing is known, which does not mean that there is no such channel.
    subscript(channel: ChannelID) -> Milliseconds? {
        let slot = slots[index(of: channel)]
        return slot.channel == channel ? slot.earliest : nil
    }

    func learn(_ channel: ChannelID, earliest: Milliseconds) {
        slots[index(of: channel)] = Slot(channel: channel, earliest: earliest)
    }

    func forget(_ channel: ChannelID) {
        let index = index(of: channel)
        if slots[index].channel == channel { slots[index].channel = nil }
    }

    /// A channel that is not known stays so: a chat is no proof of its channel.
    func raise(_ channel: ChannelID, to moment: Milliseconds) {
        let index = index(of: channel)
        guard slots[index].channel == channel else { return }
        slots[index].earliest = max(slots[index].earliest, moment)
    }

    func forgetAll() { slots.update(repeating: Slot(), count: Self.slotCount) }

    /// Ids are milliseconds and a sequence of 12 bits; both tell channels apart.
    private func index(of channel: ChannelID) -> Int {
        let mixed = channel.value ^ channel.value >> 12
        return Int(truncatingIfNeeded: mixed) & (Self.slotCount - 1)
    }
}

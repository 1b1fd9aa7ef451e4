import Memory
import Model
import Storage

/// The whole server (place 0), a channel with all below it, or all channels, and the channels above:
/// what one member after another may do there is worked out in memory, for a query of each sum would
/// take seconds where there are hundreds of members and channels.
struct RightsTree: ~Copyable {
    /// Channels that are judged, those above them, and the whole server.
    private static let placesMax = Limits.channelsMax + Limits.channelDepthMax + 2
    /// A power of two, at most half full.
    private static let slots = 4_096

    private let ids: UnsafeMutablePointer<Int64>
    private let parents: UnsafeMutablePointer<Int16>
    private let sums: UnsafeMutablePointer<Rights>
    private let effective: UnsafeMutablePointer<EffectiveRights>
    private let index: UnsafeMutablePointer<Int16>
    /// Places 1...treeCount are the tree, parents first; those above it follow, nearest first.
    private(set) var treeCount = 0
    private var count = 1
    private var isWholeServer = false
    /// Places and values that were looked at since `beginWork`.
    private(set) var work = 0

    init() {
        ids = .allocate(capacity: Self.placesMax)
        ids.initialize(repeating: 0, count: Self.placesMax)
        parents = .allocate(capacity: Self.placesMax)
        parents.initialize(repeating: 0, count: Self.placesMax)
        sums = .allocate(capacity: Self.placesMax)
        sums.initialize(repeating: Rights(), count: Self.placesMax)
        effective = .allocate(capacity: Self.placesMax)
        effective.initialize(repeating: .none, count: Self.placesMax)
        index = .allocate(capacity: Self.slots)
        index.initialize(repeating: 0, count: Self.slots)
    }

    deinit {
        ids.deallocate()
        parents.deallocate()
        sums.deallocate()
        effective.deallocate()
        index.deallocate()
    }

    static let bytes =
        placesMax
        * (MemoryLayout<Int64>.stride + MemoryLayout<Int16>.stride + MemoryLayout<Rights>.stride
            + MemoryLayout<EffectiveRights>.stride)
        + slots * MemoryLayout<Int16>.stride

    mutating func beginWork() { work = 0 }

    // MARK: - The tree

    /// Reads a channel with all below it; nil for the whole server with all channels. False if there
    /// are more channels than there may be.
    mutating func load(from root: ChannelID?, _ store: Store) throws(StorageError) -> Bool {
        isWholeServer = root == nil
        treeCount = 0
        count = 1
        forgetIndex()
        var fits = true
        try store.channelsTopDown(from: root) { channel, parent in
            guard treeCount < Limits.channelsMax else {
                fits = false
                return false
            }
            treeCount += 1
            count = treeCount + 1
            ids[treeCount] = channel.value
            parents[treeCount] = Int16(parent.flatMap { place(of: $0.value) } ?? 0)
            learnIndex(of: treeCount)
            return true
        }
        work += treeCount
        if let root { try loadAbove(root, store) }
        return fits
    }

    /// Reads what lies above the tree anew: it may have been moved.
    mutating func loadAbove(_ root: ChannelID, _ store: Store) throws(StorageError) {
        count = treeCount + 1
        forgetIndex()
        for place in stride(from: 1, to: count, by: 1) { learnIndex(of: place) }
        var below = 1
        var parent = try store.place(of: root)?.parent
        while let channel = parent, count < Self.placesMax {
            ids[count] = channel.value
            parents[below] = Int16(count)
            learnIndex(of: count)
            below = count
            count += 1
            parent = try store.place(of: channel)?.parent
        }
        parents[below] = 0
        work += count - treeCount
    }

    // MARK: - A member's rights in it

    /// Works out what a member may do in each place.
    mutating func evaluate(_ member: UserID, _ store: Store) throws(StorageError) {
        sums.update(repeating: Rights(), count: count)
        var values = 0
        try store.valuesCounting(for: member) { channel, right, value in
            values += 1
            if let place = place(of: channel) { sums[place].add(value, toStored: right) }
            return true
        }
        work += count + values
        effective[0] = EffectiveRights(sums: sums[0])
        for place in stride(from: count - 1, to: treeCount, by: -1) { settle(place) }
        for place in stride(from: 1, through: treeCount, by: 1) { settle(place) }
    }

    /// Nothing is allowed where the member may not see the channel, or one above it.
    private func settle(_ place: Int) {
        let parent = Int(parents[place])
        sums[place].add(sums[parent])
        let rights = EffectiveRights(sums: sums[place])
        let isReachable = parent == 0 || effective[parent].allows(.viewChannel)
        effective[place] = isReachable && rights.allows(.viewChannel) ? rights : .none
    }

    /// The places that a change concerns: the tree, and the whole server where it is all of it.
    var concerned: Range<Int> { (isWholeServer ? 0 : 1)..<treeCount + 1 }

    /// What the member last evaluated may do in a place.
    subscript(place: Int) -> EffectiveRights {
        precondition(place >= 0 && place < count)
        return effective[place]
    }

    /// The channel's place; 0 for the whole server; nil if it is not in the tree or above it.
    func place(of channel: Int64) -> Int? {
        guard channel != 0 else { return 0 }
        var slot = firstSlot(channel)
        while index[slot] != 0 {
            if ids[Int(index[slot])] == channel { return Int(index[slot]) }
            slot = (slot + 1) & (Self.slots - 1)
        }
        return nil
    }

    private func forgetIndex() { index.update(repeating: 0, count: Self.slots) }

    private func learnIndex(of place: Int) {
        var slot = firstSlot(ids[place])
        while index[slot] != 0 { slot = (slot + 1) & (Self.slots - 1) }
        index[slot] = Int16(place)
    }

    private func firstSlot(_ channel: Int64) -> Int {
        let mixed = UInt64(bitPattern: channel) &* 0xC2B2_AE3D_27D4_EB4F
        return Int(truncatingIfNeeded: mixed >> 40) & (Self.slots - 1)
    }
}

import Memory
import Model
import Storage

/// Finds whether a change makes a right effective for somebody that whoever makes it does not hold
/// in that place (protocol E6). Members with the same roles and no values of their own count as one.
/// The change is made in a savepoint and taken back, for as many members at a time as fit.
struct RightsJudge: ~Copyable {
    enum Verdict {
        case allowed
        case givesWhatIsNotHeld
        /// More members and channels than are judged in one turn.
        case tooMuch
    }

    /// Members that are judged for one change.
    private static let membersMax = 4_096
    /// Members times places that are compared at once; at least one member in all places.
    private static let comparedMax = 32_768
    /// Places and values that one judgement may look at: 20 ms at most on the test machine (55 ns each).
    private static let workMax = 350_000

    var tree = RightsTree()
    private var members = FixedList<UserID>(capacity: Self.membersMax)
    private let held: UnsafeMutablePointer<EffectiveRights>
    private let before: UnsafeMutablePointer<EffectiveRights>
    private var overflowed = false

    init() {
        held = .allocate(capacity: Limits.channelsMax + 1)
        held.initialize(repeating: .none, count: Limits.channelsMax + 1)
        before = .allocate(capacity: Self.comparedMax)
        before.initialize(repeating: .none, count: Self.comparedMax)
    }

    deinit {
        held.deallocate()
        before.deallocate()
    }

    static let bytes =
        RightsTree.bytes + FixedList<UserID>.bytes(capacity: membersMax)
        + (Limits.channelsMax + 1 + comparedMax) * MemoryLayout<EffectiveRights>.stride

    /// Reads the places that a change concerns, and what its maker holds there. False if there are
    /// too many.
    mutating func begin(
        in channel: ChannelID?, by maker: UserID, _ store: Store
    ) throws(StorageError) -> Bool {
        members.removeAll()
        overflowed = false
        tree.beginWork()
        guard try tree.load(from: channel, store) else { return false }
        try tree.evaluate(maker, store)
        for place in tree.concerned { held[place] = tree[place] }
        return true
    }

    /// Whether the maker holds a right in every place concerned.
    func holdsEverywhere(_ right: Right) -> Bool {
        for place in tree.concerned where !held[place].allows(right) { return false }
        return true
    }

    /// What the maker holds in a place; nothing in a channel that is not concerned.
    func holds(in place: Int64) -> EffectiveRights {
        guard let place = tree.place(of: place), tree.concerned.contains(place) else {
            return .none
        }
        return held[place]
    }

    mutating func include(_ member: UserID) {
        guard !members.isFull else {
            overflowed = true
            return
        }
        members.append(member)
    }

    /// Includes one member of each kind, or of each kind that has a role.
    mutating func includeAll(of role: RoleID?, _ store: Store) throws(StorageError) {
        try store.representatives(of: role) { member in
            include(member)
            return !overflowed
        }
        // No user has this id: it stands for newcomers without roles.
        if role == nil { include(UserID(0)) }
    }

    /// Judges a change of the rows of rights, roles, or channels. `moved`: the channel that it moves.
    mutating func judge(
        moving moved: ChannelID?, _ store: Store, _ change: (Store) throws(StorageError) -> Void
    ) throws(StorageError) -> Verdict {
        let places = tree.concerned
        guard !overflowed, tree.work + 2 * members.count * places.count <= Self.workMax else {
            return .tooMuch
        }
        var verdict = Verdict.allowed
        let group = Self.comparedMax / max(places.count, 1)
        var first = 0
        while first < members.count, verdict == .allowed {
            let group = first..<min(first + group, members.count)
            if let moved { try tree.loadAbove(moved, store) }
            try remember(group, store)
            _ = try store.tentatively { () throws(StorageError) in
                try change(store)
                if let moved { try tree.loadAbove(moved, store) }
                verdict = try compare(group, store)
                return false
            }
            first = group.upperBound
        }
        return verdict
    }

    private mutating func remember(
        _ group: Range<Int>, _ store: Store
    ) throws(StorageError) {
        let places = tree.concerned
        for number in group {
            try tree.evaluate(members[number], store)
            let row = before + (number - group.lowerBound) * places.count
            for place in places { row[place - places.lowerBound] = tree[place] }
        }
    }

    private mutating func compare(
        _ group: Range<Int>, _ store: Store
    ) throws(StorageError) -> Verdict {
        let places = tree.concerned
        for number in group {
            try tree.evaluate(members[number], store)
            guard tree.work <= Self.workMax else { return .tooMuch }
            let row = before + (number - group.lowerBound) * places.count
            for place in places {
                let gained = tree[place].beyond(row[place - places.lowerBound])
                guard gained.beyond(held[place]) == .none else { return .givesWhatIsNotHeld }
            }
        }
        return .allowed
    }
}

import Memory
import Model

/// Deadlines of connections. Every deadline of one kind lies the same time ahead when it is
/// set, so a list per kind, appended at its end, is always sorted: setting, clearing and
/// expiring cost O(1), whatever the number of connections.
struct TimerLists: ~Copyable {
    enum Kind: UInt8 {
        /// Nothing asked since the connection opened or the last answer was sent.
        case idle
        /// A request has begun and is not complete.
        case request
        /// An answer is under way and the peer does not read.
        case write
        /// An open WebSocket that has been silent: time to ping it.
        case ping
        /// It was pinged and must show a sign of life.
        case pong
        /// A close frame was sent, or a refused request is being drained.
        case close

        static let count = 6
    }

    private static let none = UInt32.max

    private struct Link {
        var previous = none
        var next = none
        var deadline: Milliseconds = 0
        var kind: Kind?
    }

    private struct List {
        var first = none
        var last = none
        var duration: Milliseconds = 0
    }

    private let links: UnsafeMutablePointer<Link>
    private let capacity: Int
    private var lists = InlineArray<6, List>(repeating: List())

    init(capacity: Int) {
        self.capacity = capacity
        links = .allocate(capacity: capacity)
        links.initialize(repeating: Link(), count: capacity)
    }

    deinit { links.deallocate() }

    static func bytes(capacity: Int) -> Int { capacity * MemoryLayout<Link>.stride }

    /// How far ahead deadlines of this kind lie, in milliseconds. Those that run already move
    /// along, all by as much: their list stays sorted.
    mutating func setDuration(of kind: Kind, to duration: Milliseconds) {
        let list = Int(kind.rawValue)
        let change = duration - lists[list].duration
        lists[list].duration = duration
        var index = lists[list].first
        while index != TimerLists.none {
            links[Int(index)].deadline += change
            index = links[Int(index)].next
        }
    }

    /// Gives a connection its one deadline, in place of the one it had.
    mutating func set(_ kind: Kind, for index: Int, now: Milliseconds) {
        clear(index)
        let list = Int(kind.rawValue)
        links[index] = Link(
            previous: lists[list].last, next: TimerLists.none,
            deadline: now + lists[list].duration, kind: kind)
        if lists[list].last == TimerLists.none {
            lists[list].first = UInt32(index)
        } else {
            links[Int(lists[list].last)].next = UInt32(index)
        }
        lists[list].last = UInt32(index)
    }

    mutating func clear(_ index: Int) {
        precondition(index >= 0 && index < capacity)
        let link = links[index]
        guard let kind = link.kind else { return }
        let list = Int(kind.rawValue)
        if link.previous == TimerLists.none {
            lists[list].first = link.next
        } else {
            links[Int(link.previous)].next = link.next
        }
        if link.next == TimerLists.none {
            lists[list].last = link.previous
        } else {
            links[Int(link.next)].previous = link.previous
        }
        links[index].kind = nil
    }

    func kind(of index: Int) -> Kind? {
        precondition(index >= 0 && index < capacity)
        return links[index].kind
    }

    /// Takes out one connection whose deadline has passed; nil when there is none.
    mutating func popExpired(now: Milliseconds) -> (index: Int, kind: Kind)? {
        for list in 0..<Kind.count {
            let first = lists[list].first
            guard first != TimerLists.none, links[Int(first)].deadline <= now,
                let kind = links[Int(first)].kind
            else { continue }
            clear(Int(first))
            return (Int(first), kind)
        }
        return nil
    }

    /// The next deadline, nil if none is set.
    var nextDeadline: Milliseconds? {
        var next: Milliseconds?
        for list in 0..<Kind.count where lists[list].first != TimerLists.none {
            let deadline = links[Int(lists[list].first)].deadline
            if deadline < next ?? .max { next = deadline }
        }
        return next
    }

    /// How long ago its deadline was set.
    func waited(_ index: Int, now: Milliseconds) -> Milliseconds {
        guard let kind = kind(of: index) else { return 0 }
        return now - links[index].deadline + lists[Int(kind.rawValue)].duration
    }

    /// The connection that has waited longest in a list, of those that will do, for a pool that
    /// needs a slot back.
    func longestWaiting(_ kind: Kind, where willDo: (Int) -> Bool = { _ in true }) -> Int? {
        var index = lists[Int(kind.rawValue)].first
        while index != TimerLists.none {
            if willDo(Int(index)) { return Int(index) }
            index = links[Int(index)].next
        }
        return nil
    }
}

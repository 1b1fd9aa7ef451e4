import Memory
import Model

/// The frames of the ring that are not for everyone, with their audiences: a fixed queue in the
/// order of the ring. What is for everyone is not in it, and costs nothing.
struct RestrictedFrames: ~Copyable {
    struct Entry {
        var start: BroadcastRing.Position
        var end: BroadcastRing.Position
        var audience: Audience
    }

    /// Counts the entries since the start, and never wraps.
    typealias Number = UInt64

    static let capacity = 1_024
    static var bytes: Int { capacity * MemoryLayout<Entry>.stride }

    private let entries: UnsafeMutablePointer<Entry>
    private var first: Number = 0
    private var next: Number = 0

    init() { entries = .allocate(capacity: RestrictedFrames.capacity) }

    deinit { entries.deallocate() }

    var count: Int { Int(next - first) }

    /// The end of the newest; 0 if there is none.
    var newestEnd: BroadcastRing.Position { count > 0 ? self[next - 1].end : 0 }

    /// The end of the frame up to which entries are lost once so many more are appended.
    func oldestEnd(afterAppending more: Int) -> BroadcastRing.Position {
        let lost = count + more - RestrictedFrames.capacity
        return lost > 0 ? self[first + Number(min(lost, count)) - 1].end : 0
    }

    mutating func append(_ entry: Entry) {
        if count == RestrictedFrames.capacity { first += 1 }
        next += 1
        self[next - 1] = entry
    }

    /// Forgets what begins at a position or behind it.
    mutating func removeAll(from position: BroadcastRing.Position) {
        while count > 0, self[next - 1].start >= position { next -= 1 }
    }

    /// How many begin at a position or behind it.
    func count(from position: BroadcastRing.Position) -> Int { Int(next - number(from: position)) }

    /// The number of the first frame that begins at a position or behind it: of the next one that
    /// comes, if there is none.
    func number(from position: BroadcastRing.Position) -> Number {
        guard count > 0, position <= self[next - 1].start else { return next }
        var low = first
        var high = next - 1
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle].start < position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The frame of a number; nil if it did not come yet.
    func frame(_ number: Number) -> Entry? {
        precondition(number >= first)
        return number < next ? self[number] : nil
    }

    private subscript(number: Number) -> Entry {
        get { entries[Int(number % Number(RestrictedFrames.capacity))] }
        set { entries[Int(number % Number(RestrictedFrames.capacity))] = newValue }
    }
}

/// The parts of a stretch of the ring that one reader gets, as many as go into one write.
struct VisibleRuns {
    private typealias PerRun<Element> = InlineArray<3, Element>
    static var runsMax: Int { PerRun<BroadcastRing.Position>.count }

    private var starts = PerRun<BroadcastRing.Position>(repeating: 0)
    private var ends = PerRun<BroadcastRing.Position>(repeating: 0)
    private(set) var count = 0
    /// Everything before it is either in a run or not for this reader.
    private(set) var end: BroadcastRing.Position

    /// `start` is a boundary between frames, and `number` that of the first restricted one at or
    /// behind it. `restricted` gives the one of a number, and `isFor` says whether the reader is one of
    /// an audience: by turns, so that what may be looked up for the one holds on to nothing of the other.
    init(
        from start: BroadcastRing.Position, to limit: BroadcastRing.Position,
        number: RestrictedFrames.Number,
        restricted: (RestrictedFrames.Number) -> RestrictedFrames.Entry?,
        isFor: (Audience) -> Bool
    ) {
        end = start
        var runStart = start
        var number = number
        while let frame = restricted(number), frame.start < limit {
            number += 1
            guard !isFor(frame.audience) else { continue }
            add(runStart, frame.start)
            end = frame.end
            runStart = frame.end
            if count == VisibleRuns.runsMax { return }
        }
        add(runStart, limit)
        end = limit
    }

    private mutating func add(_ start: BroadcastRing.Position, _ end: BroadcastRing.Position) {
        guard start < end else { return }
        starts[count] = start
        ends[count] = end
        count += 1
    }

    subscript(index: Int) -> Range<BroadcastRing.Position> { starts[index]..<ends[index] }

    /// Where the reader stands after so many bytes of the runs have left.
    func position(after bytes: Int) -> BroadcastRing.Position {
        var rest = UInt64(bytes)
        for index in 0..<count {
            let length = ends[index] - starts[index]
            if rest < length { return starts[index] + rest }
            rest -= length
        }
        return end
    }
}

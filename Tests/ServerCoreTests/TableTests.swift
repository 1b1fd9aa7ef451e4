import Memory
import Model
@testable import ServerCore
import TestSupport
import XCTest

final class TimerListsTests: XCTestCase {
    private let kinds: [TimerLists.Kind] = [.idle, .request, .write, .ping, .pong, .close]
    private let durations: [Milliseconds] = [60, 15, 30, 25, 25, 5]

    private func makeTimers(_ capacity: Int) -> TimerLists {
        var timers = TimerLists(capacity: capacity)
        for (kind, duration) in zip(kinds, durations) { timers.setDuration(of: kind, to: duration) }
        return timers
    }

    /// One entry per connection, in a dictionary that is searched from end to end.
    func testSettingClearingAndExpiringEqualASortedModel() {
        struct Entry: Equatable { var kind: Int; var deadline: Milliseconds; var order: Int }
        for seed in 0..<60 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var timers = makeTimers(12)
            var model: [Int: Entry] = [:]
            var now: Milliseconds = 0
            for step in 0..<300 {
                let index = Int.random(in: 0..<12, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0, 1:
                    let kind = Int.random(in: 0..<6, using: &generator)
                    timers.set(kinds[kind], for: index, now: now)
                    model[index] = Entry(kind: kind, deadline: now + durations[kind], order: step)
                case 2:
                    timers.clear(index)
                    model[index] = nil
                default:
                    now += Milliseconds.random(in: 0...20, using: &generator)
                    var expired: [Int: Int] = [:]
                    var lastOfKind: [Int: Entry] = [:]
                    while let (index, kind) = timers.popExpired(now: now) {
                        XCTAssertNil(expired[index])
                        expired[index] = Int(kind.rawValue)
                        guard let entry = model[index] else {
                            XCTFail("expired, but never set")
                            continue
                        }
                        if let last = lastOfKind[entry.kind] {
                            XCTAssertLessThan(last.order, entry.order, "first set, first out")
                        }
                        lastOfKind[entry.kind] = entry
                    }
                    XCTAssertEqual(
                        expired, model.filter { $0.value.deadline <= now }.mapValues(\.kind),
                        "seed \(seed)")
                    model = model.filter { $0.value.deadline > now }
                }
                XCTAssertEqual(timers.nextDeadline, model.values.map(\.deadline).min())
                for (number, kind) in kinds.enumerated() {
                    let longest = model.filter { $0.value.kind == number }
                        .min { $0.value.order < $1.value.order }
                    XCTAssertEqual(timers.longestWaiting(kind), longest?.key)
                }
                XCTAssertEqual(timers.kind(of: index).map { Int($0.rawValue) }, model[index]?.kind)
            }
        }
    }

    func testADeadlineIsReachedAtItsMillisecondAndNotBefore() {
        var timers = makeTimers(2)
        timers.set(.close, for: 1, now: 100)
        XCTAssertNil(timers.popExpired(now: 104))
        XCTAssertEqual(timers.nextDeadline, 105)
        XCTAssertEqual(timers.popExpired(now: 105)?.index, 1)
        XCTAssertNil(timers.nextDeadline)
    }
}

final class PresenceTests: XCTestCase {
    /// Few slots and many members: every run of the table is long, and gaps are closed across
    /// its end.
    func testCountsEqualADictionaryHoweverMembersComeAndGo() {
        for seed in 0..<80 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let capacity = Int.random(in: 1...9, using: &generator)
            let members = (0..<14).map { _ in Int64.random(in: 1...1 << 53, using: &generator) }
            var presence = Presence(connections: capacity)
            var model: [Int64: Int] = [:]
            var open: [Int64] = []
            for _ in 0..<400 {
                if open.count < capacity, Bool.random(using: &generator) {
                    let member = members.randomElement(using: &generator)!
                    model[member, default: 0] += 1
                    open.append(member)
                    XCTAssertEqual(presence.connect(UserID(member)), model[member] == 1)
                } else if !open.isEmpty {
                    let member = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
                    model[member]! -= 1
                    XCTAssertEqual(presence.disconnect(UserID(member)), model[member] == 0)
                }
                for member in members {
                    XCTAssertEqual(
                        presence.isOnline(UserID(member)), model[member, default: 0] > 0,
                        "seed \(seed)")
                }
            }
        }
    }
}

final class RateTests: XCTestCase {
    func testABurstPassesThenOnePerInterval() {
        let rate = Rate(5, per: 1_000)
        var arrival: Milliseconds = 0
        for _ in 0..<5 { XCTAssertNil(rate.charge(&arrival, now: 10_000)) }
        XCTAssertEqual(rate.charge(&arrival, now: 10_000), 200)
        XCTAssertEqual(rate.charge(&arrival, now: 10_150), 50)
        XCTAssertNil(rate.charge(&arrival, now: 10_200))
        XCTAssertNotNil(rate.charge(&arrival, now: 10_200))
        for _ in 0..<5 { XCTAssertNil(rate.charge(&arrival, now: 20_000)) }
        XCTAssertNotNil(rate.charge(&arrival, now: 20_000), "rest does not add up beyond a burst")
    }

    func testWaitingAsLongAsToldIsAlwaysEnough() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let rate = Rate(
                Int.random(in: 1...500, using: &generator),
                per: .random(in: 1...100_000, using: &generator))
            var arrival: Milliseconds = 0
            var now: Milliseconds = 1
            for _ in 0..<700 {
                now += .random(in: 0...3, using: &generator)
                if let wait = rate.charge(&arrival, now: now) {
                    XCTAssertGreaterThan(wait, 0)
                    XCTAssertNotNil(rate.charge(&arrival, now: now + wait - 1))
                    now += wait
                    XCTAssertNil(rate.charge(&arrival, now: now))
                }
            }
        }
    }

    func testNoneMeansNoLimit() {
        var arrival: Milliseconds = 0
        for _ in 0..<10_000 { XCTAssertNil(Rate(0, per: 1).charge(&arrival, now: 1)) }
        XCTAssertNil(Rate(0, per: 1).scaled(by: 4).charge(&arrival, now: 1))
    }

    func testScalingMultipliesTheBurstAndTheRate() {
        let rate = Rate(5, per: 1_000).scaled(by: 4)
        var arrival: Milliseconds = 0
        for _ in 0..<20 { XCTAssertNil(rate.charge(&arrival, now: 1_000)) }
        XCTAssertEqual(rate.charge(&arrival, now: 1_000), 50)
    }
}

final class AddressLimitsTests: XCTestCase {
    private let rate = Rate(2, per: 1_000)

    private func address(_ number: UInt64) -> PeerAddress {
        PeerAddress(high: 0, low: 0xFFFF_0000_0000 | number)
    }

    func testAddressesAndKindsPayForThemselvesAlone() {
        var limits = AddressLimits(capacity: 64, seed: 1)
        for number in 1...4 as ClosedRange<UInt64> {
            for kind in [AddressLimits.Kind.message, .login, .registration, .connection] {
                for _ in 0..<2 {
                    XCTAssertNil(limits.charge(kind, by: address(number), at: rate, now: 1_000))
                }
                XCTAssertNotNil(limits.charge(kind, by: address(number), at: rate, now: 1_000))
            }
        }
    }

    func testAFullTableForgetsTheQuietestAndKeepsTheBusy() {
        for seed in 0..<20 as Range<UInt64> {
            var limits = AddressLimits(capacity: 8, seed: seed)
            // The table's eight slots are one neighbourhood; address 1 is the busiest.
            for number in 2...8 as ClosedRange<UInt64> {
                _ = limits.charge(.login, by: address(number), at: rate, now: 1_000)
            }
            for _ in 0..<3 { _ = limits.charge(.login, by: address(1), at: rate, now: 1_001) }
            _ = limits.charge(.login, by: address(9), at: rate, now: 1_001)
            XCTAssertNotNil(limits.charge(.login, by: address(1), at: rate, now: 1_001))
        }
    }

    func testAnIPv6HostIsItsNetworkOf64Bits() {
        var limits = AddressLimits(capacity: 64, seed: 1)
        for low in 0..<2 as Range<UInt64> {
            let address = PeerAddress(high: 0x2001_0DB8_0000_0001, low: low)
            XCTAssertNil(limits.charge(.login, by: address, at: rate, now: 1_000))
        }
        let third = PeerAddress(high: 0x2001_0DB8_0000_0001, low: 77)
        XCTAssertNotNil(limits.charge(.login, by: third, at: rate, now: 1_000))
        let other = PeerAddress(high: 0x2001_0DB8_0000_0002, low: 77)
        XCTAssertNil(limits.charge(.login, by: other, at: rate, now: 1_000))
    }
}

final class SubscribersTests: XCTestCase {
    func testPlacesFollowWhoMovesWhenOneLeaves() {
        var generator = SeededGenerator(seed: 9)
        var subscribers = Subscribers(capacity: 20)
        var places: [UInt32: Int] = [:]
        var cursors: [UInt32: UInt64] = [:]
        var next: UInt32 = 0
        for _ in 0..<2_000 {
            if places.count < 20, Bool.random(using: &generator) {
                next += 1
                let handle = Handle(index: next, generation: 1)
                places[next] = subscribers.add(handle, at: UInt64(next) * 10)
                cursors[next] = UInt64(next) * 10
            } else if let (name, place) = places.randomElement(using: &generator) {
                places[name] = nil
                cursors[name] = nil
                if let moved = subscribers.remove(place) { places[moved.index] = place }
            }
            XCTAssertEqual(subscribers.count, places.count)
            for (name, place) in places {
                XCTAssertEqual(subscribers[place].pointee.connection.index, name)
                XCTAssertEqual(subscribers[place].pointee.cursor, cursors[name])
            }
        }
    }
}

import Crypto
import Memory
import Model
@testable import ServerCore
import TestSupport
import XCTest

final class PasswordQueueTests: XCTestCase {
    private let random = RandomSource { memory in
        for index in 0..<memory.count { memory[index] = 3 }
    }

    private func append(
        _ number: UInt32, to queue: inout PasswordQueue, rounds: Int = 10,
        password: String = "secret", from address: UInt64 = 1
    ) -> Bool {
        let outcome = queue.append(
            .registration,
            for: Exchange(
                connection: Handle(index: number, generation: 1), path: .empty, then: .nextRequest),
            from: PeerAddress(high: 0, low: address),
            PasswordQueue.Texts(
                username: lent("user \(number)"), password: lent(password)),
            parameters: PasswordHash(rounds: rounds, random: random))
        if case .full = outcome { return false }
        return true
    }

    /// The numbers of those that wait, in the order in which they are served.
    private func served(_ queue: inout PasswordQueue) -> [UInt32] {
        var numbers: [UInt32] = []
        while let result = queue.advance(rounds: 100) {
            numbers.append(result.exchange?.connection.index ?? 0)
            XCTAssertEqual(String(result.username), "user \(numbers.last!)")
            queue.finish()
        }
        return numbers
    }

    func testAddressesTakeTurns() {
        var queue = PasswordQueue(capacity: 8, limits: Limits())
        for number in 1...5 as ClosedRange<UInt32> { XCTAssertTrue(append(number, to: &queue)) }
        XCTAssertTrue(append(6, to: &queue, from: 2))
        XCTAssertTrue(append(7, to: &queue, from: 2))
        XCTAssertTrue(append(8, to: &queue, from: 3))
        XCTAssertEqual(served(&queue), [1, 6, 8, 2, 7, 3, 4, 5])
    }

    func testOneAddressDoesNotFillTheQueue() {
        var queue = PasswordQueue(capacity: 4, limits: Limits())
        for number in 1...4 as ClosedRange<UInt32> { XCTAssertTrue(append(number, to: &queue)) }
        XCTAssertFalse(append(5, to: &queue))
        XCTAssertTrue(append(6, to: &queue, from: 2))
        XCTAssertTrue(append(7, to: &queue, from: 3))
        XCTAssertEqual(served(&queue), [1, 6, 7, 2])
    }

    /// First come, first served; who goes away is passed over; nothing is lost where the
    /// queue comes around.
    func testJobsComeOutInOrderWithoutTheAbandoned() {
        for seed in 0..<60 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var queue = PasswordQueue(capacity: 4, limits: Limits())
            // Handle numbers, and whether they still wait.
            var model: [(number: UInt32, waits: Bool)] = []
            var next: UInt32 = 0
            for _ in 0..<200 {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0, 1:
                    next += 1
                    let fits = append(next, to: &queue)
                    XCTAssertEqual(fits, model.count < 4)
                    if fits { model.append((next, true)) }
                case 2:
                    guard let index = model.indices.randomElement(using: &generator) else {
                        continue
                    }
                    queue.abandon(Handle(index: model[index].number, generation: 1))
                    model[index].waits = false
                default:
                    let result = queue.advance(rounds: 100)
                    while let first = model.first, !first.waits { model.removeFirst() }
                    XCTAssertEqual(result?.exchange?.connection.index, model.first?.number)
                    if let result {
                        XCTAssertEqual(String(result.username), "user \(model[0].number)")
                        queue.finish()
                        model.removeFirst()
                    }
                }
                XCTAssertEqual(queue.isEmpty, model.isEmpty, "seed \(seed)")
            }
        }
    }

    func testAHashTakesTheSlicesThatItsRoundsNeed() {
        var queue = PasswordQueue(capacity: 2, limits: Limits())
        XCTAssertTrue(append(1, to: &queue, rounds: 101))
        for _ in 0..<9 { XCTAssertNil(queue.advance(rounds: 10)) }
        let result = queue.advance(rounds: 10)
        XCTAssertNotNil(result)
        var whole = PasswordDerivation(
            password: Bytes("secret"),
            salt: lent([UInt8](repeating: 3, count: 16)), rounds: 101)
        _ = whole.advance(rounds: 1_000)
        result?.hash.key.withBytes { key in
            whole.key.withBytes { XCTAssertEqual([UInt8]($0), [UInt8](key)) }
        }
    }

    func testRestartHashesTheSamePasswordAgainForNobody() {
        var queue = PasswordQueue(capacity: 2, limits: Limits())
        XCTAssertTrue(append(1, to: &queue))
        let first = queue.advance(rounds: 10)
        XCTAssertNotNil(first)
        guard let first else { return }
        queue.restart(
            as: .rehash(user: UserID(1), replaced: first.hash.key),
            parameters: PasswordHash(rounds: 20, random: random))
        queue.abandon(Handle(index: 1, generation: 1))
        let second = queue.advance(rounds: 100)
        XCTAssertNotNil(second, "a new hash is made even when its owner has gone")
        XCTAssertNil(second?.exchange)
        queue.finish()
        XCTAssertTrue(queue.isEmpty)
    }
}

import Foundation
import Memory
import Storage
import XCTest

final class LogInspectionTests: StoreTestCase {
    /// The bytes of a log of so many commits, as a crash leaves it.
    private func log(commits: Int) throws -> [UInt8] {
        let store = try open()
        for number in 1...commits {
            try addUser(Int64(number), "user\(number)", to: store)
            try store.commit()
        }
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "-wal")))
        store.close()
        return bytes
    }

    private func commitsLost(in log: [UInt8]) -> Int {
        log.withUnsafeBufferPointer { buffer in
            let all = Bytes(base: buffer.baseAddress!, count: buffer.count)
            guard var inspection = LogInspection(header: all.prefix(LogInspection.headerBytes)) else {
                return 0
            }
            var rest = all.dropFirst(LogInspection.headerBytes)
            while rest.count >= inspection.frameBytes {
                inspection.take(frame: rest.prefix(inspection.frameBytes))
                rest = rest.dropFirst(inspection.frameBytes)
            }
            return inspection.commitsLost
        }
    }

    /// Offsets of the frames of the present use.
    private func frames(of log: [UInt8]) -> [Int] {
        stride(from: 32, to: log.count - 2_072 + 1, by: 2_072).filter {
            log[$0 + 8..<$0 + 16].elementsEqual(log[16..<24])
        }
    }

    func testAWholeLogHasLostNothing() throws {
        XCTAssertEqual(commitsLost(in: try log(commits: 20)), 0)
    }

    func testABitFlippedAnywhereButInTheLastCommitIsFound() throws {
        let whole = try log(commits: 20)
        let frames = frames(of: whole)
        let lastCommits = frames.filter { whole[$0 + 4..<$0 + 8].contains { $0 != 0 } }.suffix(2)
        for frame in frames where frame < lastCommits.first! {
            for offset in [17, 500, 2_000] {
                var damaged = whole
                damaged[frame + offset] ^= 0x10
                XCTAssertGreaterThan(commitsLost(in: damaged), 1, "\(frame) + \(offset)")
            }
        }
        var damaged = whole
        damaged[25] ^= 1
        XCTAssertGreaterThan(commitsLost(in: damaged), 10, "the header's checksum")
    }

    func testATornEndIsNoDamage() throws {
        let whole = try log(commits: 20)
        let last = frames(of: whole).last!
        for cut in [last + 1, last + 24, last + 2_000] {
            XCTAssertEqual(commitsLost(in: Array(whole[..<cut])), 0)
            var torn = whole
            for index in cut..<torn.count { torn[index] = 0 }
            XCTAssertEqual(commitsLost(in: torn), 0)
        }
    }

    func testWhatIsNoLogIsLeftAlone() {
        XCTAssertEqual(commitsLost(in: [UInt8](repeating: 0, count: 100_000)), 0)
        XCTAssertEqual(commitsLost(in: [UInt8](repeating: 0xFF, count: 100_000)), 0)
    }
}

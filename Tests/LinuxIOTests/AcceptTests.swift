import CLinux
import Foundation
import Memory
@testable import LinuxIO
import Model
import ServerCore
import TestSupport
import XCTest

/// The event loop's accepts, on a real listener.
final class AcceptTests: XCTestCase {
    /// Accepts peers and ends the loop after the first, or after so many milliseconds.
    private final class Door: TurnHandler {
        var turns = 0
        var accepted = 0
        var atTurn: (Int) -> Void = { _ in }
        private let end = linux_monotonic_ms() + 10_000

        func beginTurn(_ time: TurnTime) {
            turns += 1
            atTurn(turns)
        }
        var mayAccept: Bool { true }
        func accept(from address: PeerAddress, over scheme: Scheme) -> Handle? {
            accepted += 1
            return Handle(index: 0, generation: 1)
        }
        func readBuffer(for connection: Handle) -> MutableBytes? { nil }
        func didRead(_ connection: Handle, count: Int) {}
        func didEnd(_ connection: Handle) {}
        func didBreak(_ connection: Handle) {}
        func becameWritable(_ connection: Handle) {}
        func finishTurn<T: Transport & ~Copyable>(_ transport: inout T) {}
        var waitTime: Milliseconds? { 5_000 }
        func writeStatistics(into out: inout ByteWriter) {}
        func writeStatus(into out: inout ByteWriter) {}
        var canStore: Bool { true }
        func tryToStoreAgain() {}
        func beginShutdown() {}
        var isFinished: Bool { accepted > 0 || linux_monotonic_ms() > end }
    }

    private func connect(to port: Int32) -> Int32 {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        XCTAssertEqual(result, 0)
        return client
    }

    /// No file descriptor can be opened until the limit is restored.
    private func setDescriptorLimit(_ limit: rlim_t) -> rlim_t {
        var limits = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        let before = limits.rlim_cur
        limits.rlim_cur = limit
        XCTAssertEqual(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits), 0)
        return before
    }

    func testAcceptsPauseWithoutDescriptorsAndGoOnAfterwards() throws {
        let host = lend("127.0.0.1")
        let listener = linux_listen(host.base, UInt64(host.count), 0)
        XCTAssertGreaterThanOrEqual(listener, 0)
        let client = connect(to: linux_local_port(listener))
        var pipe: [Int32] = [-1, -1]
        XCTAssertEqual(Foundation.pipe(&pipe), 0)
        defer { for descriptor in [client] + pipe { close(descriptor) } }

        let door = Door()
        var lines: [String] = []
        var limit = rlim_t(0)
        door.atTurn = { [unowned self] turn in
            if turn == 1 { limit = setDescriptorLimit(0) }
            if turn == 2 { _ = setDescriptorLimit(limit) }
        }
        var loop = try EventLoop(
            door, listeners: [Listener(descriptor: listener, scheme: .http)], signals: pipe[0],
            connections: 1, log: Log { _, line in lines.append(String(line)) })
        try loop.run()

        XCTAssertEqual(door.accepted, 1)
        XCTAssertLessThan(door.turns, 10, "the loop spun while accept failed")
        XCTAssertEqual(lines, ["accept paused for 1 s: Too many open files"])
    }
}

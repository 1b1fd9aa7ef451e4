import CLinux
import Foundation
import Memory
@testable import LinuxIO
@testable import ServerCore
import XCTest

/// One end belongs to `Sockets`, which runs on real epoll; the test holds the other.
struct SocketPair: ~Copyable {
    let connection = Handle(index: 1, generation: 1)
    let poll: Int32
    /// The test's end, non-blocking.
    let peer: Int32
    var sockets: Sockets

    init() {
        var ends: [Int32] = [-1, -1]
        XCTAssertEqual(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends), 0)
        for end in ends { XCTAssertEqual(fcntl(end, F_SETFL, O_NONBLOCK), 0) }
        peer = ends[1]
        poll = linux_poll_create()
        sockets = Sockets(capacity: 2, poll: poll)
        XCTAssertTrue(sockets.add(connection, ends[0]))
    }

    deinit {
        Foundation.close(peer)
        Foundation.close(poll)
    }

    /// All that has arrived at the test's end.
    func readAll() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(peer, &buffer, buffer.count)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    func say(_ text: String) { XCTAssertEqual(Foundation.write(peer, text, text.utf8.count), text.utf8.count) }

    /// What epoll reports without waiting.
    func events() -> UInt32 {
        var event = linux_event()
        guard linux_poll_wait(poll, &event, 1, 0) == 1 else { return 0 }
        XCTAssertEqual(Handle(raw: event.data), connection)
        return event.what
    }
}

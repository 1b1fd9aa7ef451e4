import CLinux
import Memory
import ServerCore

/// The peers' sockets, by the index of their connection: the only place that touches a
/// peer's file descriptor.
struct Sockets: Transport, ~Copyable {
    private struct Socket {
        var descriptor: Int32 = -1
        /// What epoll was last told.
        var interest: UInt32 = 0
    }

    private let poll: Int32
    private let sockets: UnsafeMutablePointer<Socket>
    private let capacity: Int

    init(capacity: Int, poll: Int32) {
        self.capacity = capacity
        self.poll = poll
        sockets = .allocate(capacity: capacity)
        sockets.initialize(repeating: Socket(), count: capacity)
    }

    deinit { sockets.deallocate() }

    static func bytes(capacity: Int) -> Int { capacity * MemoryLayout<Socket>.stride }

    /// Begins to listen to a new peer; false if the kernel refuses.
    mutating func add(_ connection: Handle, _ descriptor: Int32) -> Bool {
        let index = checked(connection)
        sockets[index] = Socket(descriptor: descriptor, interest: Interest.reading)
        return linux_poll_add(poll, descriptor, Interest.reading, connection.raw) == 0
    }

    /// Bytes read; 0 at the end of the stream; negative: an errno.
    @inline(__always)
    func receive(_ connection: Handle, into buffer: MutableBytes) -> Int {
        Int(linux_receive(
            sockets[checked(connection)].descriptor, buffer.base, UInt64(buffer.count)))
    }

    mutating func write(_ connection: Handle, _ output: Output) -> WriteOutcome {
        guard output.pieceCount > 1 else { return write(connection, output[0]) }
        return outcome(sendPieces(output, to: sockets[checked(connection)].descriptor))
    }

    @inline(__always)
    mutating func write(_ connection: Handle, _ piece: Bytes) -> WriteOutcome {
        outcome(
            linux_send(
                sockets[checked(connection)].descriptor, piece.base, UInt64(piece.count)))
    }

    @inline(__always)
    private func outcome(_ sent: Int64) -> WriteOutcome {
        if sent >= 0 { return .wrote(Int(sent)) }
        return SystemError(sent).isTransient ? .wrote(0) : .failed
    }

    private func sendPieces(_ output: Output, to descriptor: Int32) -> Int64 {
        var pieces = Output.PerPiece<linux_piece>(repeating: linux_piece(base: nil, count: 0))
        for index in 0..<output.pieceCount {
            pieces[index] = linux_piece(
                base: output[index].base, count: UInt(output[index].count))
        }
        let span = pieces.span
        return span.withUnsafeBufferPointer { buffer in
            linux_send_pieces(descriptor, buffer.baseAddress, Int32(output.pieceCount))
        }
    }

    mutating func setInterest(_ connection: Handle, reading: Bool, writing: Bool) {
        let index = checked(connection)
        let interest =
            (reading ? Interest.reading : 0) | (writing ? Interest.writing : 0)
        guard sockets[index].interest != interest else { return }
        sockets[index].interest = interest
        _ = linux_poll_change(poll, sockets[index].descriptor, interest, connection.raw)
    }

    mutating func shutdownWrite(_ connection: Handle) {
        linux_shutdown_write(sockets[checked(connection)].descriptor)
    }

    mutating func close(_ connection: Handle) {
        let index = checked(connection)
        linux_close(sockets[index].descriptor)
        sockets[index] = Socket()
    }

    @inline(__always)
    private func checked(_ connection: Handle) -> Int {
        precondition(Int(connection.index) < capacity)
        return Int(connection.index)
    }
}

enum Interest {
    static let reading = UInt32(LINUX_READABLE)
    static let writing = UInt32(LINUX_WRITABLE)
    static let broken = UInt32(LINUX_BROKEN)
}

/// An errno, as the C shim returns it: negated.
public struct SystemError: Error {
    public let code: Int32

    public init(_ result: some BinaryInteger) { code = -Int32(result) }

    /// Nothing is wrong: try again when the socket is ready.
    var isTransient: Bool { code == 11 || code == 4 }  // EAGAIN, EINTR

    /// ENOENT
    public var isNotFound: Bool { code == 2 }

    /// EACCES or EPERM: it is somebody else's.
    public var isDenied: Bool { code == 13 || code == 1 }

    /// ECONNREFUSED: its socket is there, and nobody listens to it any more.
    public var isRefused: Bool { code == 111 }

    /// EAFNOSUPPORT, EADDRNOTAVAIL: the kernel has no IPv6, or no address of it.
    public var isWithoutIPv6: Bool { code == 97 || code == 99 }

    /// The kernel's sentence for it.
    public var text: Bytes {
        guard let text = linux_error_text(code) else { return Bytes("unknown error") }
        return Bytes(cString: text)
    }
}

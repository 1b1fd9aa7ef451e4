import CMbedTLS
import Memory

/// One peer's TLS over memory: ciphertext comes into its window, plaintext is read and written,
/// and what is pending is to be sent. Borrowed from a `TLSContext`.
public struct TLSSession {
    private let session: OpaquePointer
    let index: UInt16

    init(_ session: OpaquePointer, index: UInt16) {
        self.session = session
        self.index = index
    }

    func end() { concord_tls_end(session) }

    /// The longest plaintext of one record.
    public static var recordBytes: Int { Int(CONCORD_TLS_RECORD_BYTES) }

    // MARK: Ciphertext

    /// Where ciphertext is to be put that has arrived: not empty after `read` wants more.
    public var window: MutableBytes {
        var room = 0
        let base = concord_tls_window(session, &room)!
        return MutableBytes(base: base, count: room)
    }

    /// So much was put into the window.
    public func received(_ count: Int) { concord_tls_received(session, count) }

    /// What is to be sent next, before anything more is written.
    public var pending: Bytes {
        var count = 0
        let base = concord_tls_pending(session, &count)
        guard count > 0, let base else { return .empty }
        return Bytes(base: base, count: count)
    }

    /// So much of what is pending was sent.
    public func sent(_ count: Int) { concord_tls_sent(session, count) }

    // MARK: Handshake

    public enum Progress {
        case done
        /// More must arrive first.
        case wantsInput
        /// What is pending must leave first.
        case wantsOutput
        /// The next step costs much, and the budget is used up.
        case wantsStep
        /// An alert that says why may be pending.
        case failed
    }

    /// Takes the handshake as far as it goes. A step that computes with keys (many milliseconds on
    /// a small board) uses up one of `steps`.
    public func handshake(steps: inout Int) -> Progress {
        switch concord_tls_handshake(session, &steps) {
        case CONCORD_TLS_DONE: .done
        case CONCORD_TLS_WANTS_INPUT: .wantsInput
        case CONCORD_TLS_WANTS_OUTPUT: .wantsOutput
        case CONCORD_TLS_WANTS_STEP: .wantsStep
        default: .failed
        }
    }

    /// The handshake failed, for its peer speaks HTTP without TLS.
    public var spokeHTTP: Bool { concord_tls_spoke_http(session) }

    /// The finished handshake was spared its signature by a ticket.
    public var wasResumed: Bool { concord_tls_was_resumed(session) }

    // MARK: Plaintext

    public enum Reading {
        case bytes(Int)
        case wantsInput
        /// What is pending must leave first.
        case wantsOutput
        /// The peer sends no more, and has said so (close_notify).
        case ended
        case failed
    }

    public func read(into buffer: MutableBytes) -> Reading {
        let count = concord_tls_read(session, buffer.base, buffer.count)
        if count > 0 { return .bytes(Int(count)) }
        switch concord_tls_result(rawValue: Int32(count)) {
        case CONCORD_TLS_WANTS_INPUT: return .wantsInput
        case CONCORD_TLS_WANTS_OUTPUT: return .wantsOutput
        case CONCORD_TLS_ENDED: return .ended
        default: return .failed
        }
    }

    /// There is plaintext to read, or ciphertext that may become some.
    public var hasInput: Bool { concord_tls_has_input(session) }

    /// Makes a record of as many bytes as fit one; nil if the session is broken. Nothing may be
    /// pending before; the record is afterwards.
    public func write(_ bytes: Bytes) -> Int? {
        let count = concord_tls_write(session, bytes.base, bytes.count)
        return count > 0 ? Int(count) : nil
    }

    /// Says that we send no more (close_notify), which is pending afterwards.
    public func close() { concord_tls_close(session) }
}

/// What became of those who came over TLS, since the start.
public struct TLSStatistics {
    /// Sessions that are lent out, and the most at once so far.
    public private(set) var sessions = 0
    public private(set) var sessionsHigh = 0
    /// Handshakes with a signature.
    public var handshakes: Int64 = 0
    /// Handshakes that a ticket spared it.
    public var resumed: Int64 = 0
    /// Sessions that broke the rules, before or after the handshake.
    public var failed: Int64 = 0
    /// Handshakes that took too long.
    public var timedOut: Int64 = 0
    /// Peers for whom no session was free.
    public var refused: Int64 = 0

    mutating func noteSessions(_ count: Int) {
        sessions = count
        sessionsHigh = max(sessionsHigh, count)
    }
}

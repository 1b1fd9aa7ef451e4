import HTTP
import Memory
import Storage

/// Counters since the start. 64 bits on every board: in 32 a busy year does not fit.
public struct Statistics {
    public var commits: Int64 = 0
    public var failedCommits: Int64 = 0
    public var requests: Int64 = 0
    public var messages: Int64 = 0
    /// Frames appended to the ring and published.
    public var published: Int64 = 0
    public var commitMicroseconds: Int64 = 0
    public var commitMicrosecondsMax: Int64 = 0
    public var refusedConnections: Int64 = 0
    public var rateLimited: Int64 = 0
    public var fellBehind: Int64 = 0
    public var outOfBuffers: Int64 = 0
    /// Answers of 401, 403 and 503, for whatever reason.
    public var unauthorized: Int64 = 0
    public var forbidden: Int64 = 0
    public var unavailable: Int64 = 0
    /// WebSockets that gave way to a newer one of their member.
    public var replaced: Int64 = 0
    public var tls = TLSStatistics()

    public init() {}
}

extension Statistics {
    /// Counts an answer that is a refusal. Rates are counted where they are charged.
    mutating func count(_ status: HTTPStatus) {
        switch status {
        case .unauthorized: unauthorized += 1
        case .forbidden: forbidden += 1
        case .serviceUnavailable: unavailable += 1
        default: break
        }
    }
}

extension Server {
    public func writeStatistics(into out: inout ByteWriter) {
        func write(_ name: StaticString, _ value: some BinaryInteger) {
            out.append(" ")
            out.append(name)
            out.append("=")
            out.appendDecimal(Int64(truncatingIfNeeded: value))
        }
        write("connections", connections.count)
        write("connections_high", connections.highWaterMark)
        write("websockets", subscribers.count)
        write("input_buffers_high", inputs.highWaterMark)
        write("output_buffers_high", outputs.highWaterMark)
        write("sqlite_bytes_high", Store.memoryHighWater)
        write("commits", statistics.commits)
        write("failed_commits", statistics.failedCommits)
        write("requests", statistics.requests)
        write("messages", statistics.messages)
        write("refused_connections", statistics.refusedConnections)
        write("rate_limited", statistics.rateLimited)
        write("fell_behind", statistics.fellBehind)
        write("out_of_buffers", statistics.outOfBuffers)
        guard options.tlsConnections > 0 else { return }
        write("tls_sessions", statistics.tls.sessions)
        write("tls_sessions_high", statistics.tls.sessionsHigh)
        write("tls_handshakes", statistics.tls.handshakes)
        write("tls_resumed", statistics.tls.resumed)
        write("tls_failed", statistics.tls.failed)
        write("tls_timed_out", statistics.tls.timedOut)
        write("tls_refused", statistics.tls.refused)
    }

    public func writeStatus(into out: inout ByteWriter) {
        out.appendDecimal(connections.count)
        out.append(" of ")
        out.appendDecimal(options.connections)
        out.append(" connections, ")
        out.appendDecimal(subscribers.count)
        out.append(" of them WebSockets")
    }
}

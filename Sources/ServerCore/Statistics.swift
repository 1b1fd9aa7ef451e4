import Memory
import Storage

/// Counters since the start.
public struct Statistics {
    public var commits = 0
    public var failedCommits = 0
    public var requests = 0
    public var messages = 0
    /// Frames appended to the ring and published.
    public var published = 0
    public var commitMicroseconds: Int64 = 0
    public var commitMicrosecondsMax: Int64 = 0
    public var refusedConnections = 0
    public var rateLimited = 0
    public var fellBehind = 0
    public var outOfBuffers = 0

    public init() {}
}

extension Server {
    public func writeStatistics(into out: inout ByteWriter) {
        func write(_ name: StaticString, _ value: Int) {
            out.append(" ")
            out.append(name)
            out.append("=")
            out.appendDecimal(value)
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

import Memory
import Storage

/// One family of Prometheus' text exposition format (version 0.0.4).
private enum MetricKind {
    case gauge, counter

    var name: StaticString {
        switch self {
        case .gauge: "gauge"
        case .counter: "counter"
        }
    }
}

// The server's figures. Counters end in `_total`, units are bytes and microseconds.
extension Server {
    func writeMetrics(into out: inout ByteWriter) {
        out.metric(.gauge, "concord_connections", "Open connections of any kind.", connections.count)
        out.metric(
            .gauge, "concord_connections_high", "The most connections at once so far.",
            connections.highWaterMark)
        out.metric(
            .gauge, "concord_connections_max", "Connections that there are places for.",
            options.connections)
        out.metric(.gauge, "concord_websockets", "Open WebSockets.", subscribers.count)
        writePools(into: &out)
        writeTraffic(into: &out)
        writeStorage(into: &out)
        writeRefusals(into: &out)
        if options.tlsConnections > 0 { writeTLS(into: &out) }
        out.metric(
            .gauge, "concord_resident_bytes", "The resident set of the process.",
            gauges.residentBytes())
    }

    private func writePools(into out: inout ByteWriter) {
        out.family(.gauge, "concord_pool_used", "Buffers and places that are lent out.")
        out.sample("concord_pool_used", "pool", "input", inputs.count)
        out.sample("concord_pool_used", "pool", "output", outputs.count)
        out.sample("concord_pool_used", "pool", "login", passwords.count)
        out.family(.gauge, "concord_pool_high", "The most of them at once so far.")
        out.sample("concord_pool_high", "pool", "input", inputs.highWaterMark)
        out.sample("concord_pool_high", "pool", "output", outputs.highWaterMark)
        out.sample("concord_pool_high", "pool", "login", passwords.highWaterMark)
        out.family(.gauge, "concord_pool_max", "As many as there are.")
        out.sample("concord_pool_max", "pool", "input", options.inputBuffers)
        out.sample("concord_pool_max", "pool", "output", options.outputBuffers)
        out.sample("concord_pool_max", "pool", "login", options.loginQueue)
        out.metric(.gauge, "concord_ring_bytes", "Size of the broadcast ring.", hub.ring.capacity)
        out.metric(
            .gauge, "concord_ring_lag_bytes", "How far the slowest reader of the ring is behind.",
            hub.ring.published - min(slowestCursor, hub.ring.published))
    }

    private func writeTraffic(into out: inout ByteWriter) {
        out.metric(
            .counter, "concord_requests_total", "HTTP requests answered.", statistics.requests)
        out.metric(
            .counter, "concord_messages_in_total", "Messages that clients sent, by either API.",
            statistics.messages)
        out.metric(
            .counter, "concord_messages_out_total", "Messages published to the readers.",
            statistics.published)
        out.metric(
            .counter, "concord_published_bytes_total",
            "Bytes of these, each counted once, whatever the number of readers.",
            hub.ring.published)
        out.metric(
            .gauge, "concord_newest_event", "The newest stored event.", hub.publishedEvent)
    }

    private func writeStorage(into out: inout ByteWriter) {
        out.metric(.counter, "concord_commits_total", "Turns stored.", statistics.commits)
        out.metric(
            .counter, "concord_failed_commits_total", "Turns that could not be stored.",
            statistics.failedCommits)
        out.metric(
            .counter, "concord_commit_microseconds_total", "Time spent in commits, syncs included.",
            statistics.commitMicroseconds)
        out.metric(
            .gauge, "concord_commit_microseconds_max", "The longest commit so far.",
            statistics.commitMicrosecondsMax)
        out.metric(
            .gauge, "concord_sqlite_bytes", "Memory that SQLite holds.", Store.memoryUsed)
        out.metric(
            .gauge, "concord_sqlite_bytes_high", "The most memory that SQLite has held so far.",
            Store.memoryHighWater)
    }

    private func writeRefusals(into out: inout ByteWriter) {
        out.family(.counter, "concord_refusals_total", "What was refused, by reason.")
        out.sample("concord_refusals_total", "reason", "connection", statistics.refusedConnections)
        out.sample("concord_refusals_total", "reason", "rate", statistics.rateLimited)
        out.sample("concord_refusals_total", "reason", "fell_behind", statistics.fellBehind)
        out.sample("concord_refusals_total", "reason", "out_of_buffers", statistics.outOfBuffers)
        out.sample("concord_refusals_total", "reason", "unauthorized", statistics.unauthorized)
        out.sample("concord_refusals_total", "reason", "forbidden", statistics.forbidden)
        out.sample("concord_refusals_total", "reason", "unavailable", statistics.unavailable)
        out.sample("concord_refusals_total", "reason", "replaced", statistics.replaced)
        out.sample("concord_refusals_total", "reason", "tls_sessions", statistics.tls.refused)
    }

    private func writeTLS(into out: inout ByteWriter) {
        out.metric(.gauge, "concord_tls_sessions", "Open TLS sessions.", statistics.tls.sessions)
        out.metric(
            .gauge, "concord_tls_sessions_high", "The most TLS sessions at once so far.",
            statistics.tls.sessionsHigh)
        out.metric(
            .gauge, "concord_tls_sessions_max", "TLS sessions that there are places for.",
            options.tlsConnections)
        out.family(
            .counter, "concord_tls_handshakes_total", "TLS handshakes, by what became of them.")
        out.sample("concord_tls_handshakes_total", "outcome", "full", statistics.tls.handshakes)
        out.sample("concord_tls_handshakes_total", "outcome", "resumed", statistics.tls.resumed)
        out.sample("concord_tls_handshakes_total", "outcome", "timed_out", statistics.tls.timedOut)
        out.metric(
            .counter, "concord_tls_failures_total",
            "TLS sessions that broke the rules, before or after the handshake.",
            statistics.tls.failed)
    }
}

extension ByteWriter {
    fileprivate mutating func family(
        _ kind: MetricKind, _ name: StaticString, _ help: StaticString
    ) {
        append("# HELP ")
        append(name)
        append(" ")
        append(help)
        append("\n# TYPE ")
        append(name)
        append(" ")
        append(kind.name)
        append("\n")
    }

    fileprivate mutating func metric(
        _ kind: MetricKind, _ name: StaticString, _ help: StaticString, _ value: some BinaryInteger
    ) {
        family(kind, name, help)
        append(name)
        append(" ")
        appendDecimal(Int64(truncatingIfNeeded: value))
        append("\n")
    }

    fileprivate mutating func sample(
        _ name: StaticString, _ label: StaticString, _ labelValue: StaticString,
        _ value: some BinaryInteger
    ) {
        append(name)
        append("{")
        append(label)
        append("=\"")
        append(labelValue)
        append("\"} ")
        appendDecimal(Int64(truncatingIfNeeded: value))
        append("\n")
    }
}

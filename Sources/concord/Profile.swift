import Memory

/// Sizes of pools and buffers that go together. A profile stands in for the defaults: whatever
/// else says what a setting is goes before it.
enum Profile {
    /// A Pi Zero or Pi 1 with a family on it.
    case zero
    /// The defaults.
    case small
    /// A Pi 4 or 5, or a server, for a large community.
    case large

    init?(_ name: Bytes) {
        switch name {
        case "zero": self = .zero
        case "small": self = .small
        case "large": self = .large
        default: return nil
        }
    }

    private struct Row {
        let key: StaticString
        let zero: StaticString
        let large: StaticString
    }

    /// None of them is read again at SIGHUP: they make the memory plan.
    private static var rows: [Row] {
        [
            Row(key: "connections", zero: "64", large: "4096"),
            // A peer for whom there is no session is hung up on, and TLS is what `/trust` leads all
            // to: in the first two every client may come by it. For 4,096 that would be 224 MiB, a
            // quarter of the smallest Pi 4; where more come than this, a proxy does TLS as a rule.
            Row(key: "tls_connections", zero: "64", large: "1024"),
            Row(key: "input_buffers", zero: "16", large: "512"),
            Row(key: "output_buffers", zero: "8", large: "256"),
            Row(key: "ring_bytes", zero: "524288", large: "8388608"),
            Row(key: "login_queue", zero: "4", large: "64"),
            Row(key: "addresses", zero: "128", large: "16384"),
            // An image of 2 MiB passes through SQLite in a little over twice its size.
            Row(key: "database_memory", zero: "6291456", large: "67108864"),
            Row(key: "database_cache", zero: "262144", large: "16777216"),
        ]
    }

    /// What the profile says in place of a setting's default; nil if it leaves that alone.
    func value(of key: StaticString) -> Bytes? {
        guard let row = Profile.rows.first(where: { Bytes($0.key) == Bytes(key) }) else { return nil }
        switch self {
        case .zero: return Bytes(row.zero)
        case .small: return nil
        case .large: return Bytes(row.large)
        }
    }
}

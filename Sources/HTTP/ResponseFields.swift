import Memory

/// Field lines of a response. Values must hold no CR or LF: they are the server's own words,
/// never a peer's.
extension ByteWriter {
    public mutating func appendField(_ name: StaticString, _ value: Bytes) {
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }

    public mutating func appendField(_ name: StaticString, _ value: StaticString) {
        appendField(name, Bytes(value))
    }

    public mutating func appendField(_ name: StaticString, _ value: Int) {
        append(name)
        append(": ")
        appendDecimal(value)
        append("\r\n")
    }

    /// What a CORS preflight is answered: every method and field, for half an hour. `*` does
    /// not cover Authorization (Fetch, "CORS protocol and HTTP caches"), so it is named.
    public mutating func appendPreflightFields() {
        appendField("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        appendField("Access-Control-Allow-Headers", "*, Authorization")
        appendField("Access-Control-Max-Age", 1800)
    }

    /// For 101, and for 426 to say what to upgrade to (RFC 9110 §7.8, §15.5.22).
    public mutating func appendUpgradeFields() {
        appendField("Connection", "Upgrade")
        appendField("Upgrade", "websocket")
    }

    /// The same on every response: no page may be guessed, framed or tracked, and every
    /// origin may call, since nothing here is granted by cookies.
    mutating func appendCommonFields() {
        appendField("X-Content-Type-Options", "nosniff")
        appendField("X-Frame-Options", "DENY")
        appendField("Referrer-Policy", "no-referrer")
        appendField("Access-Control-Allow-Origin", "*")
    }
}

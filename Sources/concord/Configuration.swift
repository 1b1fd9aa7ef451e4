import CLinux
import Memory
import Model
import ServerCore
import Storage

/// Where to wait for peers.
struct ListenAddress {
    /// A numeric address; nil for every address of the machine.
    var host: Bytes?
    var port: UInt16

    /// From `ADDR:PORT`, `[IPv6]:PORT` or `*:PORT`; nil if it is none of these.
    init?(_ text: Bytes) {
        var colon = text.count - 1
        while colon >= 0, text[colon] != UInt8(ascii: ":") { colon -= 1 }
        guard colon > 0, let port = decimalInteger(text.dropFirst(colon + 1)),
            port >= 0, port <= Int64(UInt16.max)
        else { return nil }
        self.port = UInt16(port)
        var host = text.prefix(colon)
        if host == "*" {
            self.host = nil
            return
        }
        let isBracketed = host[0] == UInt8(ascii: "[") && host[colon - 1] == UInt8(ascii: "]")
        if isBracketed {
            host = host[1..<colon - 1]
        }
        let hasColon = host.firstIndex(of: UInt8(ascii: ":")) != nil
        guard isBracketed == hasColon, linux_is_address(host.base, UInt64(host.count)) != 0
        else { return nil }
        // The two spellings of every address.
        self.host = host == "0.0.0.0" || host == "::" ? nil : host
    }
}

extension ListenAddress {
    private static let portTLS: UInt16 = 8_443

    /// Addresses with commas between, or none; nil if one is none.
    static func list(_ text: Bytes) -> [ListenAddress]? {
        var addresses: [ListenAddress] = []
        var rest = text
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.count
            guard let address = ListenAddress(rest.prefix(end).trimmed) else { return nil }
            addresses.append(address)
            guard end + 1 != rest.count else { return nil }
            rest = rest.dropFirst(min(end + 1, rest.count))
        }
        return addresses
    }

    /// Both cannot be listened on.
    func overlaps(_ other: ListenAddress) -> Bool {
        guard port == other.port else { return false }
        guard let host, let otherHost = other.host else { return true }
        return host == otherHost
    }

    /// The usual port for TLS, of each address once: whoever serves this machine alone does so
    /// over TLS too. Where any port will do, that holds for this one as well.
    static func usualTLS(beside plain: [ListenAddress]) -> [ListenAddress] {
        var addresses: [ListenAddress] = []
        for var address in plain {
            address.port = address.port == 0 ? 0 : portTLS
            if !addresses.contains(where: { $0.host == address.host }) { addresses.append(address) }
        }
        return addresses
    }
}

/// Where the server's certificate comes from.
enum TLSMode {
    case off
    /// From an authority of the server's own.
    case auto
    case files
}

/// Everything that the settings say.
struct Configuration {
    var options = ServerOptions()
    var store = StoreOptions()
    var listen: [ListenAddress] = []
    var listenTLS: [ListenAddress] = []
    /// `listenTLS` follows from `listen`.
    var listensToTLSAsUsual = true
    var redirectsToTLS = false
    var tls = TLSMode.auto
    /// With `tls = files`: PEM or DER.
    var tlsCertificateFile = Bytes.empty
    var tlsKeyFile = Bytes.empty
    var tlsConnections = 0
    var dataFolder = Bytes("data")
    /// Empty for a secret that is made in the data folder.
    var tokenKeyFile = Bytes.empty
    var communityName = Bytes("Concord")
    /// nil: as many rounds as this board manages in about two seconds.
    var passwordRounds: Int?
}

/// A copy that lives as long as the process, followed by a zero for C.
func permanent(_ text: Bytes) -> Bytes {
    let memory = MutableBytes.allocate(text.count + 1)
    memory.copy(text, at: 0)
    memory[text.count] = 0
    return memory.bytes.prefix(text.count)
}

/// Two pieces as one path, likewise.
func permanent(_ first: Bytes, _ second: StaticString) -> Bytes {
    var out = ByteWriter(.allocate(first.count + second.utf8CodeUnitCount + 1))
    out.append(first)
    out.append(second)
    let count = out.count
    out.append(0)
    return out.bytes.prefix(count)
}

extension Bytes {
    /// For C functions; only of what has a zero behind it: what `permanent` made, and settings.
    var cString: UnsafePointer<CChar> { UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self) }
}

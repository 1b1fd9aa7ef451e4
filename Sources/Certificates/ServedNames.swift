import Memory

/// One name under which a server is reached (GeneralName, RFC 5280 §4.2.1.6).
public enum ServedName {
    /// A host name.
    case dns(Bytes)
    /// 4 or 16 bytes.
    case address(Bytes)

    static let dnsTag: UInt8 = 0x82
    static let addressTag: UInt8 = 0x87

    init?(tag: UInt8, content: Bytes) {
        switch tag {
        case ServedName.dnsTag: self = .dns(content)
        case ServedName.addressTag: self = .address(content)
        default: return nil
        }
    }

    func equals(_ other: ServedName) -> Bool {
        switch (self, other) {
        case (.dns(let left), .dns(let right)): isSameName(left, right)
        case (.address(let left), .address(let right)): left == right
        default: false
        }
    }
}

/// Names and addresses, each once, in fixed memory: as many as fit a certificate.
public struct ServedNames: ~Copyable {
    public static let bytesMax = 1_024

    private var out: ByteWriter

    public init() { out = ByteWriter(.allocate(ServedNames.bytesMax)) }

    deinit { out.written.base.deallocate() }

    /// One after the other, as a certificate's extension holds them.
    var der: Bytes { out.bytes }

    public mutating func removeAll() { out.removeAll() }

    /// Adds a host name, as far as it can stand in a certificate.
    public mutating func add(name: Bytes) {
        guard isHostName(name) else { return }
        add(.dns(name))
    }

    /// Adds an address of 4 or 16 bytes.
    public mutating func add(address: Bytes) {
        precondition(address.count == 4 || address.count == 16)
        add(.address(address))
    }

    mutating func add(_ name: ServedName) {
        guard !contains(name) else { return }
        let mark = out.count
        out.append(name)
        // What does not fit is left out whole.
        if out.overflowed { out.rewind(to: mark) }
    }

    func contains(_ name: ServedName) -> Bool {
        var names = ServedNameList(der)
        while let each = names.next() {
            if each.equals(name) { return true }
        }
        return false
    }
}

extension ByteWriter {
    mutating func append(_ name: ServedName) {
        switch name {
        case .dns(let text): appendDER(ServedName.dnsTag) { $0.append(text) }
        case .address(let bytes): appendDER(ServedName.addressTag) { $0.append(bytes) }
        }
    }
}

/// Walks names in DER.
public struct ServedNameList {
    private var reader: DERReader

    public init(_ der: Bytes) { reader = DERReader(der) }

    public mutating func next() -> ServedName? {
        while let (tag, content) = reader.next() {
            if let name = ServedName(tag: tag, content: content) { return name }
        }
        return nil
    }
}

/// Letters, digits and hyphens in labels of 1 to 63 (RFC 1123 §2.1), and the last no number, for
/// which addresses are mistaken.
func isHostName(_ text: Bytes) -> Bool {
    guard 1...253 ~= text.count else { return false }
    var labelStart = 0
    var isNumber = true
    for index in 0...text.count {
        if index == text.count || text[index] == UInt8(ascii: ".") {
            let length = index - labelStart
            guard 1...63 ~= length, text[labelStart] != UInt8(ascii: "-"),
                text[index - 1] != UInt8(ascii: "-")
            else { return false }
            if index < text.count { isNumber = true }
            labelStart = index + 1
            continue
        }
        switch lowercased(text[index]) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): break
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"): isNumber = false
        default: return false
        }
    }
    return !isNumber
}

func isSameName(_ left: Bytes, _ right: Bytes) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where lowercased(left[index]) != lowercased(right[index]) {
        return false
    }
    return true
}

import Memory

/// What an authority may vouch for (RFC 5280 §4.2.1.10): the value of the extension.
///
/// Whoever trusts the authority of a chat server should not have to trust it with the names of the
/// world: a stolen key is good for nothing outside. Names are those that the machine had at first
/// start, unless one could be a top-level domain, and all of `.local`. Addresses are those that are
/// private somewhere, and public ones of IPv4 that the machine had. Public ones of IPv6 change with
/// the provider's prefix, and nobody types them.
struct NameConstraints {
    static let bytesMax = 2_048

    private static let names: InlineArray<2, StaticString> = ["local", "localhost"]

    /// Networks that no router of the Internet knows (RFC 1918, 3927, 6598), and loopback.
    private static let networks4: InlineArray<6, Network<4>> = [
        Network([10, 0, 0, 0], 8), Network([172, 16, 0, 0], 12), Network([192, 168, 0, 0], 16),
        Network([169, 254, 0, 0], 16), Network([100, 64, 0, 0], 10), Network([127, 0, 0, 0], 8),
    ]

    /// Unique local, link-local, loopback (RFC 4193, 4291).
    private static let networks6: InlineArray<3, Network<16>> = [
        Network([0xFC, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 7),
        Network([0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 10),
        Network([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128),
    ]

    private let value: Bytes

    /// Of a value that an authority has; empty if it has none.
    init(_ value: Bytes) { self.value = value }

    /// Writes the value for a machine that has these names now.
    static func write(for served: borrowing ServedNames, into out: inout ByteWriter) {
        let own = served.der
        out.appendDER(DERTag.sequence) { out in
            out.appendDER(DERTag.wrapping(0)) { out in
                for index in names.indices { out.appendSubtree(.dns(Bytes(names[index]))) }
                for index in networks4.indices { out.appendSubtree(networks4[index]) }
                for index in networks6.indices { out.appendSubtree(networks6[index]) }
                var list = ServedNameList(own)
                while let name = list.next() {
                    if isToBeAdded(name) { out.appendSubtree(name) }
                }
            }
        }
    }

    /// The machine's own, and not permitted anyway.
    private static func isToBeAdded(_ name: ServedName) -> Bool {
        switch name {
        case .dns(let text):
            guard !couldBeTopLevelDomain(text) else { return false }
            for index in names.indices where isBelow(text, Bytes(names[index])) { return false }
        case .address(let bytes):
            guard bytes.count == 4 else { return false }
            for index in networks4.indices where networks4[index].contains(bytes) { return false }
        }
        return true
    }

    /// Whoever may vouch for `chat` may do so for all of `.chat`. Top-level domains are letters alone
    /// (RFC 1123 §2.1), or begin with `xn--`; the name that the Raspberry Pi's system sets is none.
    private static func couldBeTopLevelDomain(_ name: Bytes) -> Bool {
        guard name.firstIndex(of: UInt8(ascii: ".")) == nil,
            !isSameName(name, Bytes("raspberrypi"))
        else { return false }
        if isSameName(name.prefix(min(name.count, 4)), Bytes("xn--")) { return true }
        for index in 0..<name.count where !isLetter(name[index]) { return false }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased(byte))
    }

    /// Whether a certificate may hold this name.
    func permit(_ name: ServedName) -> Bool {
        guard !value.isEmpty else { return true }
        var outer = DERReader(value)
        guard let content = outer.next(DERTag.sequence) else { return false }
        var parts = DERReader(content)
        guard let permitted = parts.next(DERTag.wrapping(0)) else { return false }
        var subtrees = DERReader(permitted)
        while let subtree = subtrees.next(DERTag.sequence) {
            var base = DERReader(subtree)
            guard let (tag, content) = base.next() else { continue }
            switch name {
            case .dns(let text) where tag == ServedName.dnsTag:
                if NameConstraints.isBelow(text, content) { return true }
            case .address(let bytes) where tag == ServedName.addressTag:
                if NameConstraints.contains(bytes, in: content) { return true }
            default: continue
            }
        }
        return false
    }

    /// The name itself, or one with more labels before it.
    private static func isBelow(_ name: Bytes, _ base: Bytes) -> Bool {
        guard name.count >= base.count else { return false }
        let start = name.count - base.count
        guard start == 0 || name[start - 1] == UInt8(ascii: ".") else { return false }
        return isSameName(name.dropFirst(start), base)
    }

    /// A network is an address and a mask of the same length.
    private static func contains(_ address: Bytes, in network: Bytes) -> Bool {
        guard network.count == 2 * address.count else { return false }
        for index in 0..<address.count {
            let mask = network[address.count + index]
            guard address[index] & mask == network[index] & mask else { return false }
        }
        return true
    }
}

/// Addresses that begin alike.
private struct Network<let count: Int> {
    let address: InlineArray<count, UInt8>
    let prefix: Int

    init(_ address: InlineArray<count, UInt8>, _ prefix: Int) {
        self.address = address
        self.prefix = prefix
    }

    func mask(_ index: Int) -> UInt8 {
        let bits = min(max(prefix - 8 * index, 0), 8)
        return UInt8(truncatingIfNeeded: 0xFF00 >> bits)
    }

    func contains(_ other: Bytes) -> Bool {
        guard other.count == count else { return false }
        for index in 0..<count where (other[index] ^ address[index]) & mask(index) != 0 {
            return false
        }
        return true
    }
}

extension ByteWriter {
    fileprivate mutating func appendSubtree<let count: Int>(_ network: Network<count>) {
        appendDER(DERTag.sequence) { out in
            out.appendDER(ServedName.addressTag) { out in
                for index in 0..<count { out.append(network.address[index]) }
                for index in 0..<count { out.append(network.mask(index)) }
            }
        }
    }

    fileprivate mutating func appendSubtree(_ name: ServedName) {
        appendDER(DERTag.sequence) { out in
            switch name {
            case .dns(let text): out.appendDER(ServedName.dnsTag) { $0.append(text) }
            case .address(let bytes):
                out.appendDER(ServedName.addressTag) { out in
                    out.append(bytes)
                    for _ in 0..<bytes.count { out.append(0xFF) }
                }
            }
        }
    }
}

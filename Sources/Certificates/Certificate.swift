import Crypto
import Memory

/// From when until when something holds, in Unix seconds.
public struct Validity: Equatable {
    public var notBefore: Int64
    public var notAfter: Int64

    public init(notBefore: Int64, notAfter: Int64) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

/// What a certificate in DER says (RFC 5280 §4.1): views into it.
public struct Certificate {
    public let der: Bytes
    public let validity: Validity
    /// The content of the subject's Name.
    let subject: Bytes
    /// What its subject is called (commonName); empty if it has no name.
    public let name: Bytes
    /// GeneralNames, for `ServedNameList`; empty if it has none.
    public private(set) var alternativeNames = Bytes.empty
    /// Of its own key; empty if it does not say.
    private(set) var keyIdentifier = Bytes.empty
    /// The value of the extension; empty if it has none.
    private(set) var nameConstraints = Bytes.empty

    /// Bytes of a fingerprint as it is written: 32 pairs of digits, with colons between.
    public static let fingerprintBytes = 95

    public init?(_ der: Bytes) {
        var outermost = DERReader(der)
        guard let signed = outermost.next(DERTag.sequence) else { return nil }
        var parts = DERReader(signed)
        guard let body = parts.next(DERTag.sequence) else { return nil }
        // version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
        var fields = DERReader(body)
        for _ in 0..<4 { guard fields.next() != nil else { return nil } }
        guard let period = fields.next(DERTag.sequence) else { return nil }
        var times = DERReader(period)
        guard let first = times.next(), let last = times.next(),
            let notBefore = CalendarTime(der: first.tag, first.content),
            let notAfter = CalendarTime(der: last.tag, last.content),
            let subject = fields.next(DERTag.sequence), fields.next(DERTag.sequence) != nil
        else { return nil }
        self.der = der
        validity = Validity(notBefore: notBefore.unixTime, notAfter: notAfter.unixTime)
        self.subject = subject
        name = Certificate.commonName(in: subject)
        if let extensions = fields.next(DERTag.wrapping(3)) { read(extensions) }
    }

    private static func commonName(in subject: Bytes) -> Bytes {
        var relativeNames = DERReader(subject)
        while let attributes = relativeNames.next(DERTag.set) {
            var attribute = DERReader(attributes)
            guard let content = attribute.next(DERTag.sequence) else { continue }
            var parts = DERReader(content)
            // 2.5.4.3
            guard let type = parts.next(DERTag.objectIdentifier), type.count == 3,
                type[0] == 0x55, type[1] == 4, type[2] == 3, let value = parts.next()
            else { continue }
            return value.content
        }
        return .empty
    }

    private mutating func read(_ wrapped: Bytes) {
        var outer = DERReader(wrapped)
        guard let content = outer.next(DERTag.sequence) else { return }
        var extensions = DERReader(content)
        while let each = extensions.next(DERTag.sequence) {
            var parts = DERReader(each)
            guard let identifier = parts.next(DERTag.objectIdentifier) else { continue }
            _ = parts.next(DERTag.boolean)
            guard let value = parts.next(DERTag.octetString) else { continue }
            // Those below 2.5.29.
            guard identifier.count == 3, identifier[0] == 0x55, identifier[1] == 0x1D
            else { continue }
            switch identifier[2] {
            case 14:
                var content = DERReader(value)
                keyIdentifier = content.next(DERTag.octetString) ?? .empty
            case 17:
                var names = DERReader(value)
                alternativeNames = names.next(DERTag.sequence) ?? .empty
            case 30: nameConstraints = value
            default: continue
            }
        }
    }

    /// Appends the SHA-256 of the certificate as devices show it: `AB:CD:…`.
    public func writeFingerprint(into out: inout ByteWriter) {
        SHA256.digest(der).withBytes { digest in
            for index in 0..<digest.count {
                if index > 0 { out.append(UInt8(ascii: ":")) }
                let digits = Bytes("0123456789ABCDEF")
                out.append(digits[Int(digest[index] >> 4)])
                out.append(digits[Int(digest[index] & 15)])
            }
        }
    }
}

import CTrustPage
import Certificates
import CLinux
import Crypto
import LinuxIO
import Memory
import ServerCore

/// How others come to trust the server's own authority: on the terminal, and on the page.
struct TrustInstructions {
    private let certificates: LocalCertificates
    /// Of the page, most likely.
    private let address: Bytes
    private let portTLS: Int

    /// nil if there is nothing to trust: no such authority, or nowhere to speak TLS.
    init?(_ certificates: LocalCertificates?, _ listeners: Listeners) {
        guard let certificates, let port = listeners.port(.https) else { return nil }
        self.certificates = certificates
        portTLS = Int(port)
        var name = ByteWriter(.allocate(260))
        certificates.writeHost(into: &name)
        var out = ByteWriter(.allocate(320))
        listeners.writeFirstAddress(named: name.bytes, into: &out)
        address = out.bytes
    }

    /// Says where devices learn to trust the server, and what to compare.
    func announce() {
        var line = Line()
        line.add("to trust it on a device: ")
        line.add(address)
        line.add("/trust")
        line.print()
        var fingerprint = ByteWriter(.allocate(Certificate.fingerprintBytes))
        certificates.certificate.writeFingerprint(into: &fingerprint)
        var second = Line()
        second.add("  SHA-256 ")
        second.add(fingerprint.bytes)
        second.print()
    }

    var page: TrustPage { TrustPage(certificates, port: portTLS, address: address) }
}

extension TrustPage {
    /// The page of a server's own authority.
    fileprivate init(_ local: LocalCertificates, port: Int, address: Bytes) {
        let texts = TrustTexts(certificate: local.certificate, port: port, address: address)
        var pem = ByteWriter(.allocate(LocalAuthority.fileBytesMax))
        local.certificate.writePEM(into: &pem)
        self.init(
            html: texts.fill(trust_page_html(), trust_page_html_count),
            style: Bytes(base: trust_page_css(), count: Int(trust_page_css_count)),
            script: Bytes(base: trust_page_js(), count: Int(trust_page_js_count)),
            certificate: texts.certificate.der, certificatePEM: pem.bytes,
            profile: texts.fill(trust_page_profile(), trust_page_profile_count),
            writeNames: { [local] out in local.leaf.writeNamesAsJSON(into: &out) })
    }
}

/// What the templates of the page ask for.
private struct TrustTexts {
    let certificate: Certificate
    let port: Int
    let address: Bytes

    func fill(_ text: UnsafePointer<UInt8>?, _ count: UInt64) -> Bytes {
        Template(text: Bytes(base: text!, count: Int(count))).filled { name, out in
            switch name {
            case "authority": out.appendEscaped(certificate.name)
            case "fingerprint": certificate.writeFingerprint(into: &out)
            case "until": out.appendDate(unixTime: certificate.validity.notAfter)
            case "port": out.appendDecimal(port)
            case "address": out.appendEscaped(address)
            case "certificate": Base64.encode(certificate.der, into: &out)
            case "identifier": appendIdentifier(into: &out)
            case "profile-uuid": appendUUID(from: 0, into: &out)
            case "certificate-uuid": appendUUID(from: 16, into: &out)
            default: preconditionFailure()
            }
        }
    }

    /// The same for the same authority, so that a profile replaces itself.
    private func appendIdentifier(into out: inout ByteWriter) {
        SHA256.digest(certificate.der).withBytes { digest in
            for index in 0..<8 { out.appendHex(UInt64(digest[index]), digits: 2) }
        }
    }

    /// A UUID of 16 bytes of the digest (version 8, RFC 9562 §5.8).
    private func appendUUID(from start: Int, into out: inout ByteWriter) {
        SHA256.digest(certificate.der).withBytes { digest in
            for index in 0..<16 {
                var byte = digest[start + index]
                if index == 6 { byte = byte & 0x0F | 0x80 }
                if index == 8 { byte = byte & 0x3F | 0x80 }
                if [4, 6, 8, 10].contains(index) { out.append(UInt8(ascii: "-")) }
                out.appendHex(UInt64(byte), digits: 2)
            }
        }
    }
}

extension Certificate {
    /// Its names in a list for people.
    func writeNames(into out: inout ByteWriter) {
        var isFirst = true
        var list = ServedNameList(alternativeNames)
        while let name = list.next() {
            if !isFirst { out.append(", ") }
            isFirst = false
            switch name {
            case .dns(let text): out.append(text)
            case .address(let bytes): out.appendAddress(bytes)
            }
        }
    }

    /// `{"names":[…],"addresses":[…]}`
    fileprivate func writeNamesAsJSON(into out: inout ByteWriter) {
        out.append(#"{"names":["#)
        writeQuoted(into: &out) { name, out in
            guard case .dns(let text) = name else { return false }
            out.append(text)
            return true
        }
        out.append(#"],"addresses":["#)
        writeQuoted(into: &out) { name, out in
            guard case .address(let bytes) = name else { return false }
            out.appendAddress(bytes)
            return true
        }
        out.append("]}")
    }

    /// Those names that `write` takes, which hold nothing to be escaped.
    private func writeQuoted(
        into out: inout ByteWriter, _ write: (ServedName, inout ByteWriter) -> Bool
    ) {
        var isFirst = true
        var list = ServedNameList(alternativeNames)
        while let name = list.next() {
            let mark = out.count
            out.append(isFirst ? "\"" : ",\"")
            if write(name, &out) {
                out.append("\"")
                isFirst = false
            } else {
                out.rewind(to: mark)
            }
        }
    }
}

extension ByteWriter {
    /// Appends an address of 4 or 16 bytes as text.
    fileprivate mutating func appendAddress(_ address: Bytes) {
        var memory = InlineArray<46, CChar>(repeating: 0)
        var span = memory.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            linux_address_text(address.base, UInt64(address.count), buffer.baseAddress!)
            append(Bytes(cString: buffer.baseAddress!))
        }
    }
}

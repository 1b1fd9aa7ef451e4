import Memory

/// The page that helps devices trust the server's own certificate authority, and what goes with
/// it, as they are served.
public struct TrustPage {
    /// One of the texts that are the same for as long as the server runs.
    enum Part {
        case html
        case style
        case script
        /// The authority's certificate in DER.
        case certificate
        /// The same in PEM.
        case certificatePEM
        /// For Apple's devices.
        case profile
    }

    let html: Bytes
    let style: Bytes
    let script: Bytes
    let certificate: Bytes
    let certificatePEM: Bytes
    let profile: Bytes
    /// Writes the names that the server's certificate holds now, as JSON.
    let writeNames: (inout ByteWriter) -> Void

    /// All texts must outlive the server.
    public init(
        html: Bytes, style: Bytes, script: Bytes, certificate: Bytes, certificatePEM: Bytes,
        profile: Bytes, writeNames: @escaping (inout ByteWriter) -> Void
    ) {
        self.html = html
        self.style = style
        self.script = script
        self.certificate = certificate
        self.certificatePEM = certificatePEM
        self.profile = profile
        self.writeNames = writeNames
    }

    subscript(part: Part) -> Bytes {
        switch part {
        case .html: html
        case .style: style
        case .script: script
        case .certificate: certificate
        case .certificatePEM: certificatePEM
        case .profile: profile
        }
    }
}

extension TrustPage.Part {
    var contentType: StaticString {
        switch self {
        case .html: "text/html; charset=utf-8"
        case .style: "text/css; charset=utf-8"
        case .script: "text/javascript; charset=utf-8"
        case .certificate: "application/x-x509-ca-cert"
        case .certificatePEM: "application/x-pem-file"
        case .profile: "application/x-apple-aspen-config"
        }
    }
}

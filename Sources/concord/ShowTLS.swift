import Certificates
import CLinux
import LinuxIO
import Memory

/// `concord tls show`: what the server's certificate is, and whom devices have to trust for it.
enum ShowTLS {
    /// Of the local authority, as its files have it: nothing is made.
    static func showLocal(in folder: Bytes) {
        guard let authority = read(folder, LocalCertificates.authorityName) else {
            exit(ExitCode.failure) { line in
                line.add("there is no certificate authority in ")
                line.add(folder)
                line.add(" yet: the server makes one when it first starts with tls = auto")
            }
        }
        show(
            "certificate authority", authority, permanent(folder, LocalCertificates.authorityName),
            wanting: CertificateLife.authorityDaysWanted)
        if let leaf = read(folder, LocalCertificates.leafName) {
            say("")
            show("server", leaf, permanent(folder, LocalCertificates.leafName))
        }
        say(
            """

            Each device trusts the authority once: open /trust on the server's plain port, and
            compare the fingerprint there. For programs, its certificate in PEM:

            """)
        var pem = ByteWriter(.allocate(LocalAuthority.fileBytesMax))
        authority.writePEM(into: &pem)
        linux_write_all(1, pem.bytes.base, UInt64(pem.count))
    }

    /// Of files that the settings name.
    static func showChain(_ file: Bytes) {
        guard let certificate = certificate(in: file) else {
            exit(ExitCode.failure) { line in
                line.add("there is no certificate in ")
                line.add(file)
            }
        }
        show("server", certificate, file)
    }

    private static func read(_ folder: Bytes, _ name: StaticString) -> Certificate? {
        certificate(in: permanent(folder, name))
    }

    /// The first certificate of a file in PEM or DER; nil if the file is not there or holds none.
    static func certificate(in file: Bytes) -> Certificate? {
        let memory = MutableBytes.allocate(64 * 1_024)
        let count = linux_read_file(file.cString, memory.base, UInt64(memory.count - 1))
        if count < 0, !SystemError(count).isNotFound {
            fail("cannot read ", file, SystemError(count))
        }
        guard count > 0 else { return nil }
        memory[Int(count)] = 0
        let content = memory.bytes.prefix(Int(count))
        return Certificate(pem: content, into: .allocate(16 * 1_024)) ?? Certificate(content)
    }

    /// - Parameter days: if less is left of its life, that is said.
    private static func show(
        _ what: StaticString, _ certificate: Certificate, _ file: Bytes,
        wanting days: Int64 = CertificateLife.daysWanted
    ) {
        say(what)
        row("name") { $0.append(certificate.name) }
        if !certificate.alternativeNames.isEmpty {
            row("reached under") { certificate.writeNames(into: &$0) }
        }
        row("valid") { out in
            out.appendDate(unixTime: certificate.validity.notBefore)
            out.append(" to ")
            out.appendDate(unixTime: certificate.validity.notAfter)
        }
        var warning = ByteWriter(.allocate(256))
        warning.append("it")
        if CertificateLife.appendWarning(of: certificate.validity, wanting: days, into: &warning) {
            row("warning") { $0.append(warning.bytes) }
        }
        row("SHA-256") { certificate.writeFingerprint(into: &$0) }
        row("file") { $0.append(file) }
    }

    private static func row(_ name: StaticString, _ write: (inout ByteWriter) -> Void) {
        let memory = MutableBytes.allocate(8_000)
        defer { memory.base.deallocate() }
        var out = ByteWriter(memory)
        write(&out)
        var line = Line()
        line.add("  ")
        line.add(name)
        line.pad(to: 18)
        line.add(out.bytes)
        line.print()
    }
}

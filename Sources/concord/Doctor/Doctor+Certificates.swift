import Certificates
import CLinux
import LinuxIO
import Memory
import TLS

// The certificate that the server shows, or will from its next start on. It is read as the server
// reads it; nothing is made, renewed or set aside.
extension Doctor {
    func examineCertificates() {
        switch configuration.tls {
        case .off: findings.good("tls") { $0.add("off: whoever is on the way can read along") }
        case .auto: examineLocalCertificates()
        case .files: examineCertificateFiles()
        }
    }

    private var now: Int64 { CertificateLife.now }

    private func daysLeft(_ validity: Validity) -> Int64 { CertificateLife.daysLeft(validity) }

    // MARK: - Those that the server makes

    private func examineLocalCertificates() {
        let file = permanent(configuration.dataFolder, LocalCertificates.authorityName)
        let leafFile = permanent(configuration.dataFolder, LocalCertificates.leafName)
        guard linux_exists(file.cString) != 0 else {
            return linux_exists(leafFile.cString) != 0
                ? repairAuthority(file, " is gone")
                : findings.good("tls") { $0.add("no certificate yet: the first start makes one") }
        }
        let local = LocalAuthority()
        guard let text = secret(file) else { return }
        guard local.read(text, entropy: entropy), let authority = local.certificate else {
            return repairAuthority(file, " is damaged")
        }
        let left = daysLeft(authority.validity)
        guard left >= CertificateLife.authorityDaysWanted else { return replace(authority, at: file) }
        guard linux_exists(leafFile.cString) != 0 else {
            return findings.good("tls") { $0.add("no certificate yet: the next start makes one") }
        }
        guard let leafText = secret(leafFile) else { return }
        guard local.readLeaf(leafText, entropy: entropy), let leaf = local.leaf else {
            return repairLeaf { line in
                line.add(leafFile)
                line.add(" is damaged, or of another authority")
            }
        }
        examine(leaf, of: authority)
    }

    /// What a file holds that only the server may read, ended by a zero; nil if that has been
    /// reported to be otherwise.
    private func secret(_ file: Bytes) -> Bytes? {
        let memory = MutableBytes.allocate(LocalAuthority.fileBytesMax + 1)
        let count = linux_read_file(file.cString, memory.base, UInt64(memory.count - 1))
        // EFBIG: longer than any that the server writes, so it is damaged like an empty one.
        guard count >= 0 || SystemError(count).code == 27 else {
            findings.repair("tls") { line in
                line.add(file)
                line.add(" cannot be read: ")
                line.add(SystemError(count).text)
            } with: { line in
                line.add("sudo concord doctor; if it says the same: sudo chown --reference=")
                line.add(configuration.dataFolder)
                line.add(" ")
                line.add(file)
            }
            return nil
        }
        guard linux_file_mode(file.cString) & 0o077 == 0 else {
            findings.repair("tls") { line in
                line.add(file)
                line.add(", which holds a private key, is open to other users of this machine")
            } with: { line in
                line.add("sudo chmod 600 ")
                line.add(file)
            }
            return nil
        }
        let end = max(Int(count), 0)
        memory[end] = 0
        return memory.bytes.prefix(end)
    }

    private var entropy: Bytes {
        let memory = MutableBytes.allocate(LocalAuthority.entropyBytes)
        linux_random(memory.base, UInt64(memory.count))
        return memory.bytes
    }

    private func repairAuthority(_ file: Bytes, _ what: StaticString) {
        findings.repair("tls") { line in
            line.add(file)
            line.add(what)
            line.add(": with another authority every device has to trust the server anew")
        } with: { line in
            line.add("put a copy of it there, or restore a backup; then: sudo systemctl restart concord")
            line.add(", which without them makes another (/trust)")
        }
    }

    /// An authority cannot be renewed: it is what devices have been told to trust.
    private func replace(_ authority: Certificate, at file: Bytes) {
        let isOver = authority.validity.notAfter <= now
        func describe(_ line: inout Line) {
            line.add(isOver ? "the certificate authority ended on " : "the certificate authority ends on ")
            line.add(date: authority.validity.notAfter)
            line.add(", and with it every device's trust in the server")
        }
        func remedy(_ line: inout Line) {
            line.add("sudo mv ")
            line.add(file)
            line.add(" ")
            line.add(file)
            line.add(".old && sudo systemctl restart concord; then every device opens /trust")
        }
        isOver
            ? findings.repair("tls", describe, with: remedy)
            : findings.advise("tls", describe, better: remedy)
    }

    /// The server renews its certificate long before its end, while it runs and when it starts.
    private func examine(_ leaf: Certificate, of authority: Certificate) {
        let isValid = leaf.validity.notBefore <= now && now < leaf.validity.notAfter
        func describe(_ line: inout Line) {
            line.add("the server's certificate is valid from ")
            line.add(leaf.validity)
        }
        if isValid, daysLeft(leaf.validity) >= CertificateLife.daysWanted {
            findings.good("tls") { line in
                describe(&line)
                line.add(" (")
                line.add(daysLeft(leaf.validity))
                line.add(" days left), then renewed; its authority to ")
                line.add(date: authority.validity.notAfter)
            }
        } else if case .nobody = use {
            findings.good("tls") { line in
                describe(&line)
                line.add("; the next start makes another")
            }
        } else {
            repairLeaf { line in
                describe(&line)
                line.add(", and the server has not renewed it")
            }
        }
    }

    private func repairLeaf(_ compose: (inout Line) -> Void) {
        findings.repair("tls", compose) { $0.add("sudo systemctl restart concord makes another") }
    }

    // MARK: - The owner's

    private func examineCertificateFiles() {
        guard let context = TLSContext(sessions: 1) else { return }
        do throws(TLSFiles.Fault) {
            try TLSFiles(configuration).identify(context)
        } catch {
            return findings.repair("tls") { line in
                line.add(error)
            } with: { line in
                line.add(error.remedy)
                line.add(error.path)
            }
        }
        let file = configuration.tlsCertificateFile
        if let certificate = ShowTLS.certificate(in: file) { examine(certificate, in: file) }
    }

    private func examine(_ certificate: Certificate, in file: Bytes) {
        func describe(_ line: inout Line) {
            line.add(file)
            line.add(" is valid from ")
            line.add(certificate.validity)
        }
        func remedy(_ line: inout Line) {
            line.add("get a new one (certbot: sudo certbot renew); then: sudo systemctl reload concord")
        }
        let left = daysLeft(certificate.validity)
        if certificate.validity.notBefore > now {
            findings.repair("tls") { line in
                describe(&line)
                line.add(": not yet")
            } with: { $0.add("look whether the clock is right: timedatectl; else wait, or get another") }
        } else if certificate.validity.notAfter <= now {
            findings.repair("tls") { line in
                describe(&line)
                line.add(": it has expired, and clients refuse it")
            } with: { remedy(&$0) }
        } else {
            func describeWithRest(_ line: inout Line) {
                describe(&line)
                line.add(" (")
                line.add(left)
                line.add(" days left)")
            }
            left < CertificateLife.daysWanted
                ? findings.advise("tls", describeWithRest, better: remedy)
                : findings.good("tls", describeWithRest)
        }
    }
}

extension Line {
    /// The day of a Unix time in seconds.
    fileprivate mutating func add(date: Int64) {
        let memory = MutableBytes.allocate(16)
        defer { memory.base.deallocate() }
        var text = ByteWriter(memory)
        text.appendDate(unixTime: date)
        add(text.bytes)
    }

    fileprivate mutating func add(_ validity: Validity) {
        add(date: validity.notBefore)
        add(" to ")
        add(date: validity.notAfter)
    }

    /// What is wrong with one of the owner's files.
    mutating func add(_ fault: TLSFiles.Fault) {
        withUnsafeMutablePointer(to: &self) { line in
            fault.describe { line.pointee.add($0) }
        }
    }
}

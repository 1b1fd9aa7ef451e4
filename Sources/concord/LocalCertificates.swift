import Certificates
import CLinux
import LinuxIO
import Memory
import ServerCore

/// The local certificate authority and the server's certificate, with their files in the data
/// folder. Each file holds a private key and its certificate in one piece, so that there is never
/// one without the other.
final class LocalCertificates {
    static let authorityName: StaticString = "/tls-ca.pem"
    static let leafName: StaticString = "/tls-server.pem"

    let authority = LocalAuthority()
    private let machine = MachineNames()
    private var names = ServedNames()
    private var pace = RenewalPace()
    private let authorityFile: Bytes
    private let leafFile: Bytes
    private let text = MutableBytes.allocate(LocalAuthority.fileBytesMax + 1)
    private let lineMemory = MutableBytes.allocate(1_024)
    private let entropy = MutableBytes.allocate(LocalAuthority.entropyBytes)
    private let log: Log

    static var bytes: Int {
        LocalAuthority.bytes + MachineNames.bytes + LocalAuthority.fileBytesMax + 1 + 1_024
            + LocalAuthority.entropyBytes
    }

    /// Reads what is there and makes what is missing, damaged or out of date; ends the process if
    /// that cannot be done.
    init(folder: Bytes, log: Log) {
        self.log = log
        authorityFile = permanent(folder, LocalCertificates.authorityName)
        leafFile = permanent(folder, LocalCertificates.leafName)
        machine.collect(into: &names)
        defer { warnOfAuthoritysEnd() }
        if openAuthority() { openLeaf() } else { storeNewLeaf() }
    }

    /// Lends the server's certificate and key in PEM, ended by a zero.
    func withLeafText<Value>(_ body: (Bytes) -> Value) -> Value {
        let content = authority.leafText()
        text.copy(content, at: 0)
        text[content.count] = 0
        // A key must not stay in memory that is used again.
        defer { wipeText() }
        return body(text.bytes.prefix(content.count))
    }

    private func wipeText() {
        for index in 0..<text.count { text[index] = 0 }
    }

    var leaf: Certificate { authority.leaf! }

    var certificate: Certificate { authority.certificate! }

    /// The name that others on the network most likely know: `NAME.local`.
    func writeHost(into out: inout ByteWriter) {
        out.append(machine.shortName)
        out.append(".local")
    }

    // MARK: - At the start

    /// False if another had to be made.
    private func openAuthority() -> Bool {
        if read(authorityFile) {
            if authority.read(text.bytes.prefix(text.count - 1), entropy: fresh()) { return true }
            setAside(
                authorityFile,
                "a new certificate authority was made, which every device must trust anew (/trust)")
        } else if linux_exists(leafFile.cString) != 0 {
            say(.warning) { line in
                line.append(authorityFile)
                line.append(" is gone: a new certificate authority was made, which every device must ")
                line.append("trust anew (/trust), unless you put a copy of the old one back")
            }
        }
        let isMade = authority.make(
            host: machine.shortName, names: names, clock: clock, entropy: fresh())
        guard isMade else { failToMake() }
        let content = authority.text()
        // Never over one that is there.
        let result = linux_create_secret_file(
            authorityFile.cString, content.base, UInt64(content.count))
        if result < 0 { fail("cannot write ", authorityFile, SystemError(result)) }
        return false
    }

    /// It cannot be renewed: it is what devices have been told to trust.
    private func warnOfAuthoritysEnd() {
        var line = ByteWriter(lineMemory)
        line.append("the certificate authority ")
        line.append(authorityFile)
        guard CertificateLife.appendWarning(
            of: certificate.validity, wanting: CertificateLife.authorityDaysWanted, into: &line)
        else { return }
        line.append("; move it away and restart to have another, which every device must trust anew")
        log(.warning, line.bytes)
    }

    private func openLeaf() {
        if read(leafFile) {
            let content = text.bytes.prefix(text.count - 1)
            if authority.readLeaf(content, entropy: fresh()) {
                guard authority.reasonToRenew(names: names, clock: clock) != nil else { return }
            } else {
                setAside(leafFile, "a new certificate was made")
            }
        }
        storeNewLeaf()
    }

    private func storeNewLeaf() {
        guard authority.makeLeaf(names: names, clock: clock, entropy: fresh()) else { failToMake() }
        let result = storeLeaf()
        if result < 0 { fail("cannot write ", leafFile, SystemError(result)) }
    }

    /// Reads a file of ours into `text`, ended by a zero; false if it is not there.
    private func read(_ file: Bytes) -> Bool {
        wipeText()
        let count = linux_read_file(file.cString, text.base, UInt64(text.count - 1))
        if count >= 0 {
            closeToOthers(file)
            return true
        }
        let error = SystemError(count)
        if error.isNotFound { return false }
        // EFBIG: longer than any that we write, so it is damaged like one that says nothing.
        if error.code == 27 {
            wipeText()
            return true
        }
        fail("cannot read ", file, error)
    }

    private func closeToOthers(_ file: Bytes) {
        let mode = linux_file_mode(file.cString)
        guard mode >= 0, mode & 0o077 != 0 else { return }
        _ = linux_close_file_to_others(file.cString)
        say(.warning) { line in
            line.append(file)
            line.append(" was open to other users of this machine; it is closed now")
        }
    }

    /// Keeps a damaged file under a name that tells when it was found.
    private func setAside(_ file: Bytes, _ consequence: StaticString) {
        var out = ByteWriter(.allocate(file.count + 32))
        out.append(file)
        out.append(".damaged-")
        out.appendTimeForName(unixTime: clock)
        let other = out.bytes
        out.append(0)
        let result = linux_rename(file.cString, other.cString, 0)
        if result < 0 { fail("cannot write ", file, SystemError(result)) }
        say(.warning) { line in
            line.append(file)
            line.append(" is damaged and was set aside as ")
            line.append(other)
            line.append("; ")
            line.append(consequence)
        }
    }

    private func failToMake() -> Never {
        exit(ExitCode.failure) { $0.add("mbedTLS cannot make a certificate on this machine") }
    }

    // MARK: - While the server runs

    /// Makes a new certificate if there is reason to, and says so; true if there is one to be used
    /// from now on.
    func renewIfNeeded(at time: TurnTime) -> Bool {
        machine.collect(into: &names)
        guard let reason = authority.reasonToRenew(names: names, clock: time.wall / 1_000),
            pace.take(now: time.monotonic)
        else { return false }
        guard authority.makeLeaf(names: names, clock: time.wall / 1_000, entropy: fresh()) else {
            log(.error, "cannot make a new certificate: the one before stays in use")
            return false
        }
        let result = storeLeaf()
        say(result < 0 ? .warning : .notice) { line in
            line.append("the server has a new certificate, ")
            line.append(explanation(reason))
            line.append("; it is valid until ")
            line.appendDate(unixTime: leaf.validity.notAfter)
            guard result < 0 else { return }
            line.append("; it cannot be written to ")
            line.append(leafFile)
            line.append(": ")
            line.append(SystemError(result).text)
        }
        return true
    }

    private func explanation(_ reason: RenewalReason) -> StaticString {
        switch reason {
        case .runsOut: "for the one before was running out"
        case .notYetValid: "for the clock was ahead when the one before was made"
        case .newName: "for it is reached under a new name or address"
        }
    }

    private func storeLeaf() -> Int32 {
        let content = authority.leafText()
        return linux_replace_secret_file(leafFile.cString, content.base, UInt64(content.count))
    }

    private var clock: Int64 { linux_wall_ms() / 1_000 }

    private func fresh() -> Bytes {
        linux_random(entropy.base, UInt64(entropy.count))
        return entropy.bytes
    }

    private func say(_ priority: Log.Priority, _ compose: (inout ByteWriter) -> Void) {
        var line = ByteWriter(lineMemory)
        compose(&line)
        log(priority, line.bytes)
    }
}

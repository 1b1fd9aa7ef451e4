import Certificates
import CLinux
import LinuxIO
import Memory
import ServerCore
import TLS

/// The certificate chain and the private key that the owner keeps in files (`tls = files`). They
/// are read at start and again on SIGHUP, through memory that is there from the start.
struct TLSFiles {
    /// A chain of five certificates in PEM takes a third of it.
    private static let chainBytesMax = 32 * 1024
    private static let keyBytesMax = 16 * 1024
    /// The longest line of the log about them.
    private static let lineBytes = 1_024

    private let chainPath: Bytes
    private let keyPath: Bytes
    private let chainMemory = MutableBytes.allocate(TLSFiles.chainBytesMax + 1)
    private let keyMemory = MutableBytes.allocate(TLSFiles.keyBytesMax + 1)
    private let line = MutableBytes.allocate(TLSFiles.lineBytes)

    static var bytes: Int { chainBytesMax + keyBytesMax + lineBytes + 2 + Certificate.readingBytes }

    init(_ configuration: Configuration) {
        chainPath = configuration.tlsCertificateFile
        keyPath = configuration.tlsKeyFile
    }

    /// What is wrong with a file, in parts of a sentence, and what mends it, before its path.
    struct Fault: Error {
        let setting: StaticString
        let path: Bytes
        let explanation: StaticString
        var system: SystemError?
        let remedy: StaticString

        func describe(_ add: (Bytes) -> Void) {
            add(Bytes(setting))
            add(Bytes(" = \""))
            add(path)
            add(Bytes("\" "))
            add(Bytes(explanation))
            if let system { add(system.text) }
        }
    }

    /// Has the context show them, or ends the process with a line that says what is wrong.
    func read(into context: TLSContext) {
        do {
            try identify(context)
        } catch {
            exit(ExitCode.configuration) { $0.add(error) }
        }
    }

    /// The same while the server runs: what is wrong goes to the log, and the old ones stay.
    func readAgain(into context: TLSContext, _ log: Log) {
        do {
            try identify(context)
            log(.notice, "reload: the TLS certificate and its key were read again")
            warn(of: context) { log(.warning, $0) }
        } catch {
            var out = ByteWriter(line)
            out.append("reload: the TLS certificate and key stay as they were: ")
            withUnsafeMutablePointer(to: &out) { out in
                error.describe { out.pointee.append($0) }
            }
            log(.error, out.bytes)
        }
    }

    func identify(_ context: TLSContext) throws(Fault) {
        // A key must not stay in memory that is used again.
        defer { wipe(keyMemory) }
        let chain = try read("tls_certificate", chainPath, chainMemory)
        if let mode = try? mode(of: keyPath), mode & 0o007 != 0 {
            throw Fault(
                setting: "tls_key", path: keyPath,
                explanation: "is open to every user of this machine; make it chmod 600",
                remedy: "sudo chmod 600 ")
        }
        let key = try read("tls_key", keyPath, keyMemory)
        do throws(TLSIdentityError) {
            try context.identify(chain: chain, key: key)
        } catch {
            throw fault(error)
        }
    }

    /// Tells what clients will object to in what has just been read, or soon.
    func warn(of context: TLSContext, _ tell: (Bytes) -> Void) {
        var out = ByteWriter(line)
        func begin() {
            out.removeAll()
            out.append("tls_certificate = \"")
            out.append(chainPath)
            out.append("\"")
        }
        begin()
        if let own = ownCertificate, CertificateLife.appendWarning(
            of: own.validity, wanting: CertificateLife.daysWanted, into: &out)
        {
            tell(out.bytes)
        }
        guard !context.isChainLinked else { return }
        begin()
        out.append(" holds a certificate that is not the issuer of the one before it: clients refuse that")
        tell(out.bytes)
    }

    /// In the memory of the key, which has been wiped.
    private var ownCertificate: Certificate? {
        let text = chainMemory.bytes
        let end = text.firstIndex(of: 0) ?? 0
        return Certificate(pem: text.prefix(end), into: keyMemory) ?? Certificate(text)
    }

    private func mode(of path: Bytes) throws(SystemError) -> Int32 {
        let mode = linux_file_mode(path.cString)
        guard mode >= 0 else { throw SystemError(mode) }
        return mode
    }

    private func read(
        _ setting: StaticString, _ path: Bytes, _ memory: MutableBytes
    ) throws(Fault) -> Bytes {
        let count = linux_read_file(path.cString, memory.base, UInt64(memory.count - 1))
        guard count >= 0 else {
            throw Fault(
                setting: setting, path: path, explanation: "cannot be read: ",
                system: SystemError(count),
                remedy: SystemError(count).isNotFound
                    ? "name the right file; this one is not there: sudo ls -l "
                    : "sudo chown concord ")
        }
        memory[Int(count)] = 0
        return memory.bytes.prefix(Int(count))
    }

    private func fault(_ error: TLSIdentityError) -> Fault {
        func ofChain(_ explanation: StaticString) -> Fault {
            Fault(
                setting: "tls_certificate", path: chainPath, explanation: explanation,
                remedy: "get it anew from whoever issued it; what it is: openssl x509 -noout -text -in ")
        }
        func ofKey(_ explanation: StaticString, _ remedy: StaticString) -> Fault {
            Fault(setting: "tls_key", path: keyPath, explanation: explanation, remedy: remedy)
        }
        switch error {
        case .invalidChain:
            return ofChain("holds no certificate in PEM or DER, a damaged one, or too many")
        case .unsupportedChain:
            return ofChain(
                "has a key that is not supported; RSA (2048 to 4096 bits), EC P-256 and P-384 are")
        case .invalidKey:
            return ofKey(
                "holds no private key in PEM or DER, or a damaged one",
                "put the key there again; whether it is one: openssl pkey -noout -check -in ")
        case .encryptedKey:
            return ofKey(
                "is encrypted; decrypt it: openssl pkey -in FILE -out PLAIN",
                "openssl pkey -out PLAIN -in ")
        case .keyOfAnother:
            return ofKey(
                "is not the key of the first certificate in tls_certificate",
                """
                name the one that is: openssl x509 -noout -pubkey -in CERTIFICATE says the same as \
                openssl pkey -pubout -in\u{20}
                """)
        }
    }

    private func wipe(_ memory: MutableBytes) {
        for index in 0..<memory.count { memory[index] = 0 }
    }
}

import Certificates
import Memory
import ServerCore
import TLS

/// What the server proves with who it is, over TLS, and where that comes from.
struct TLSIdentity {
    private enum Source {
        case files(TLSFiles)
        case local(LocalCertificates)
    }

    private let context: TLSContext
    private let source: Source

    /// nil if TLS is off. What is wrong ends the process with a line that says it.
    init?(_ configuration: Configuration, _ log: Log) {
        switch configuration.tls {
        case .off: return nil
        case .files: source = .files(TLSFiles(configuration))
        case .auto: source = .local(LocalCertificates(folder: configuration.dataFolder, log: log))
        }
        context = TLSIdentity.context(configuration)
        switch source {
        case .files(let files):
            files.read(into: context)
            files.warn(of: context) { log(.warning, $0) }
        case .local(let certificates):
            guard TLSIdentity.show(certificates, in: context) else {
                exit(ExitCode.failure) { $0.add("the server's own certificate cannot be used") }
            }
        }
    }

    /// Ends the process if the owner's files are no identity; what the server would make itself is
    /// not made.
    static func check(_ configuration: Configuration) {
        guard configuration.tls == .files else { return }
        let (files, context) = (TLSFiles(configuration), context(configuration))
        files.read(into: context)
        files.warn(of: context, warn)
    }

    private static func warn(_ text: Bytes) {
        var line = Line()
        line.add("warning: ")
        line.add(text)
        line.print(to: 2)
    }

    static func bytes(_ mode: TLSMode) -> Int {
        switch mode {
        case .off: 0
        case .files: TLSFiles.bytes
        case .auto: LocalCertificates.bytes
        }
    }

    private static func context(_ configuration: Configuration) -> TLSContext {
        guard let context = TLSContext(sessions: configuration.tlsConnections) else {
            exit(ExitCode.failure) { $0.add("TLS cannot be set up on this machine") }
        }
        return context
    }

    private static func show(_ certificates: LocalCertificates, in context: TLSContext) -> Bool {
        certificates.withLeafText { text in
            do throws(TLSIdentityError) {
                try context.identify(chain: text, key: text)
                return true
            } catch {
                return false
            }
        }
    }

    /// The certificates that the server makes itself; nil if they are in files of the owner's.
    var local: LocalCertificates? {
        switch source {
        case .files: nil
        case .local(let certificates): certificates
        }
    }

    /// The server behind TLS, with an identity that it renews.
    func secure(_ server: Server, _ log: Log) -> SecureServer {
        switch source {
        case .files(let files):
            return SecureServer(server, context) { files.readAgain(into: context, log) }
        case .local(let certificates):
            let watch = IdentityWatch { certificates.renewIfNeeded(at: $0) }
            return SecureServer(server, context, watch: watch) {
                if !TLSIdentity.show(certificates, in: context) {
                    log(.error, "the new certificate cannot be used: the one before stays in use")
                }
            }
        }
    }
}

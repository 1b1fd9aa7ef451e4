import Memory
import ServerCore
import TLS

/// What the server proves with who it is, over TLS, and where that comes from.
struct TLSIdentity {
    private let context: TLSContext
    private let files: TLSFiles

    /// nil if TLS is off. What is wrong ends the process with a line that says it.
    init?(_ configuration: Configuration) {
        switch configuration.tls {
        case .off: return nil
        case .files: files = TLSFiles(configuration)
        }
        guard let context = TLSContext(sessions: configuration.tlsConnections) else {
            exit(ExitCode.failure) { $0.add("TLS cannot be set up on this machine") }
        }
        self.context = context
        files.read(into: context)
    }

    /// The server behind TLS, with an identity that it renews.
    func secure(_ server: Server, _ log: Log) -> SecureServer {
        SecureServer(server, context) { files.readAgain(into: context, log) }
    }
}

import Administration
import CLinux
import LinuxIO
import Memory
import Model
import ServerCore
import Storage

/// The way to the data: through the server that runs on it, or, while none does, without it. Either
/// way a command is requests to a server, and their answers.
final class ControlLink {
    private enum Way {
        case running(path: Bytes)
        case local(LocalServer)
    }

    /// How long a server may take to start or to stop, between its lock and its socket.
    private static let patienceMs: Int64 = 5_000
    private static let pauseMs: Int64 = 50

    private let settings: ConfigurationLoader
    private let configuration: Configuration
    /// nil until there is something to ask, and again when nobody is to be kept from the data.
    private var way: Way?

    init(_ settings: ConfigurationLoader, _ configuration: Configuration) {
        self.settings = settings
        self.configuration = configuration
    }

    /// Lets go of the data while a person is waited for: a server may start meanwhile.
    func letGo() {
        if case .local(let server) = way { server.close() }
        way = nil
    }

    /// Finds the data of the settings, or ends the process with a line that says what to do.
    private func find() -> Way {
        let folder = configuration.dataFolder
        DataFolder.checkIsThere(folder)
        let path = ControlSocket.path(in: folder)
        let deadline = linux_monotonic_ms() + ControlLink.patienceMs
        while true {
            let socket = linux_control_connect(path.cString)
            if socket >= 0 {
                linux_close(socket)
                return .running(path: path)
            }
            let error = SystemError(socket)
            guard error.isNotFound || error.isRefused else {
                DataFolder.refuse(folder, "control.sock cannot be opened", error)
            }
            if let local = ControlLink.local(settings, configuration) { return .local(local) }
            guard linux_monotonic_ms() < deadline else {
                exit(ExitCode.failure) { line in
                    line.add("the data in ")
                    line.add(folder)
                    line.add(" is in use, but no server answers at its control.sock; if one runs")
                    line.add(" there, restart it")
                }
            }
            linux_pause(ControlLink.pauseMs)
        }
    }

    /// nil while somebody else has the data.
    private static func local(
        _ settings: ConfigurationLoader, _ configuration: Configuration
    ) -> LocalServer? {
        let folder = configuration.dataFolder
        DataFolder.becomeOwner(folder)
        do throws(StorageError) {
            let server = try LocalServer(settings, configuration)
            guard server.hasServed else {
                exit(ExitCode.failure) { line in
                    line.add("the data in ")
                    line.add(folder)
                    line.add(" is empty: start the server once, which sets it up")
                }
            }
            return server
        } catch {
            if error == .locked { return nil }
            exit(ExitCode.failure) { line in
                line.add("cannot open the data in ")
                line.add(folder)
                line.add(": ")
                line.add(error.explanation)
            }
        }
    }

    /// What the server answers; a refusal ends the process with its reason.
    func ask(_ request: ControlRequest) -> ControlResponse {
        let response = send(request)
        guard response.status == 200 else {
            exit(ExitCode.failure) { line in
                let limits = configuration.options.limits
                let text = TextBuffer()
                Refusal.write(
                    response.value.member("message")?.text ?? Bytes("the server refused it"),
                    passwordBytes: limits.passwordBytesMin...limits.passwordBytesMax, into: text)
                line.add(text.bytes)
            }
        }
        return response
    }

    /// Whatever the server answers.
    func send(_ request: ControlRequest) -> ControlResponse {
        let way = self.way ?? find()
        self.way = way
        let text =
            switch way {
            case .running(let path): ControlLink.answer(to: request.bytes, at: path)
            case .local(let server): server.answer(request.bytes)
            }
        // Its texts are looked at until the process ends.
        guard let response = ControlResponse(permanent(text.bytes)) else {
            exit(ExitCode.failure) { $0.add("the server broke its answer off; look at its log") }
        }
        return response
    }

    private static func answer(to request: Bytes, at path: Bytes) -> TextBuffer {
        let socket = linux_control_connect(path.cString)
        if socket < 0 { lost(SystemError(socket)) }
        defer { linux_close(socket) }
        var rest = request
        while !rest.isEmpty {
            let sent = linux_send(socket, rest.base, UInt64(rest.count))
            if sent < 0 { lost(SystemError(sent)) }
            rest = rest.dropFirst(Int(sent))
        }
        let text = TextBuffer()
        let memory = MutableBytes.allocate(16 * 1024)
        defer { memory.base.deallocate() }
        while true {
            let count = linux_receive(socket, memory.base, UInt64(memory.count))
            if count < 0 { lost(SystemError(count)) }
            if count == 0 { return text }
            text.append(memory.bytes.prefix(Int(count)))
        }
    }

    private static func lost(_ error: SystemError) -> Never {
        exit(ExitCode.failure) { line in
            line.add("the server did not answer: ")
            line.add(error.text)
        }
    }
}

/// The folder that holds everything, before it is touched.
enum DataFolder {
    static func database(in folder: Bytes) -> Bytes { permanent(folder, "/concord.db") }

    /// A command must not begin new data because a folder was misspelt.
    static func checkIsThere(_ folder: Bytes) {
        Replacement.settle(in: folder)
        guard linux_exists(database(in: folder).cString) == 0 else { return }
        exit(ExitCode.failure) { line in
            line.add("there is no data in ")
            line.add(folder)
            line.add(", or it is not yours to see; name the server's folder with --data DIR,")
            line.add(" or use sudo")
        }
    }

    /// What root makes in another's folder must be the other's, or the server could not open it.
    static func becomeOwner(_ folder: Bytes) {
        let result = linux_become_owner_of(folder.cString)
        if result < 0 { refuse(folder, "cannot act as its owner", SystemError(result)) }
    }

    static func refuse(_ folder: Bytes, _ what: StaticString, _ error: SystemError) -> Never {
        exit(ExitCode.failure) { line in
            line.add(folder)
            line.add(": ")
            line.add(what)
            line.add(": ")
            line.add(error.text)
            if error.isDenied { line.add("; run this as the server's user, or with sudo") }
        }
    }
}
